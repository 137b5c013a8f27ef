// The operator's addresses. The key is kept for this tab alone, and goes nowhere but to this server.

const PLACE = "millrace-admin-key";

export class ApiFailure extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const key = {
  get: () => sessionStorage.getItem(PLACE),
  set: (value) => sessionStorage.setItem(PLACE, value),
  forget: () => sessionStorage.removeItem(PLACE),
};

async function ask(method, path, body) {
  const headers = key.get() ? { "x-admin-key": key.get() } : {};
  if (body) headers["content-type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new ApiFailure(0, "UNREACHABLE", "the server does not answer");
  }
  const text = await answer.text();
  if (answer.ok) return text ? JSON.parse(text) : null;
  throw failure(answer.status, text);
}

function failure(status, text) {
  try {
    const { code, message } = JSON.parse(text).error;
    return new ApiFailure(status, code, message);
  } catch {
    return new ApiFailure(status, "UNKNOWN", `status ${status}`);
  }
}

const part = encodeURIComponent;

export const api = {
  hosts: async () => (await ask("GET", "/admin/hosts")).hosts,
  drain: (host) => ask("POST", "/admin/drain", { host }),
  tenants: async () => (await ask("GET", "/apps?limit=1000")).apps,
  rooms: (app, limit) => ask("GET", `/admin/rooms?limit=${limit}${app ? `&app=${part(app)}` : ""}`),
  room: (room) => ask("GET", `/admin/rooms/${part(room)}`),
  close: (room) => ask("DELETE", `/admin/rooms/${part(room)}`),
  kick: (room, person) => ask("DELETE", `/admin/rooms/${part(room)}/people/${part(person)}`),
  audit: async (app) => (await ask("GET", `/admin/audit?limit=20${app ? `&app=${part(app)}` : ""}`)).entries,
};
