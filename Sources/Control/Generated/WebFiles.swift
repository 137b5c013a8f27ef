// Made by tools/embed-web from the files in Sources/Control/Web and Sources/Sdk. Do not edit; tools/embed-web --check
// finds drift.

/// One file of the web page.
struct WebFile: Sendable {
    /// As in the request line: "/main.js". The start page is "/".
    let path: String
    let contentType: String
    /// A strong entity tag with its quotation marks, made from the content (RFC 9110 §8.8.3).
    let etag: String
    /// One after the other.
    let content: [StaticString]
}

enum WebFiles {
    static let all: [WebFile] = [
        WebFile(
            path: "/admin-api.js", contentType: "text/javascript; charset=utf-8", etag: "\"a9f0707ef32b7da61c20\"",
            content: [###"""
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

"""###]),
        WebFile(
            path: "/admin-streams.js", contentType: "text/javascript; charset=utf-8", etag: "\"406a49ad27ea55cbd5b3\"",
            content: [###"""
// What a room's host counts of its people, as rows of tables.
import { fill } from "./elements.js";

const kilobits = (bits) => (bits === null ? "" : Math.round(bits / 1000));
const sum = (items, value) => items.reduce((total, item) => total + value(item), 0);

/** Rates from two answers about one room. */
export class Rates {
  #before = new Map();
  #now = new Map();

  /** To be called with each answer. */
  take(numbers) {
    this.#before = this.#now;
    this.#now = new Map((numbers ?? []).map((peer) => [peer.id, { at: performance.now(), peer }]));
  }

  #rate(id, bytes) {
    const [before, now] = [this.#before.get(id), this.#now.get(id)];
    if (!before || !now || now.at <= before.at) return null;
    return Math.max(0, (bytes(now.peer) - bytes(before.peer)) * 8000 / (now.at - before.at));
  }

  peer(id) { return this.#now.get(id)?.peer; }
  received(id) { return this.#rate(id, (peer) => peer.bytesReceived); }
  sent(id) { return this.#rate(id, (peer) => peer.bytesSent); }
  consumer(id, mid) { return this.#rate(id, (peer) => peer.consumers.find((one) => one.mid === mid)?.bytes ?? 0); }
}

/** The cells of a person's row that come from what the host counts. */
export function personCells(id, rates) {
  const peer = rates.peer(id);
  if (!peer) return ["", "", "", ""];
  return [
    kilobits(rates.received(id)), kilobits(rates.sent(id)),
    peer.roundTripMicroseconds ? `${(peer.roundTripMicroseconds / 1000).toFixed(1)} ms` : "",
    peer.estimateBitsPerSecond ? kilobits(peer.estimateBitsPerSecond) : "",
  ];
}

/** One person's streams, in both directions. */
export function showStreams(sends, gets, id, rates) {
  const peer = rates.peer(id);
  fill(sends, peer?.producers ?? [], (one) => one.mid, (one) => [
    one.source, one.codec ?? "", one.layers.map((layer) => kilobits(layer.bitsPerSecond)).join(" / "),
    sum(one.layers, (layer) => layer.packets), sum(one.layers, (layer) => layer.lost), one.nacksSent, one.keyframes,
    one.muted ? "muted" : "on",
  ]);
  fill(gets, (peer?.consumers ?? []).filter((one) => one.from), (one) => one.mid, (one) => [
    one.from, one.kind, kilobits(rates.consumer(id, one.mid)), one.packets, one.retransmitted,
    `${(one.fractionLost * 100).toFixed(1)} %`, layers(one.sent), stateOf(one),
  ]);
}

function layers(sent) {
  return sent ? [sent.simulcast, sent.spatial, sent.temporal].join(" · ") : "";
}

function stateOf(consumer) {
  if (consumer.isPaused) return "paused by the client";
  return consumer.pauseReason === "none" ? "on" : `held: ${consumer.pauseReason}`;
}

"""###]),
        WebFile(
            path: "/admin.css", contentType: "text/css; charset=utf-8", etag: "\"c24781f6b2d20aa1bdb1\"",
            content: [###"""
:root {
  --ground: #f4f5f4; --panel: #ffffff; --line: #d5dad7; --text: #17201d; --soft: #5b6762; --accent: #0f766e;
  --danger: #b91c1c; --warn: #92400e;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101413; --panel: #1a201e; --line: #333d39; --text: #eaf0ed; --soft: #9aa8a2; --accent: #2dd4bf;
    --danger: #f87171; --warn: #fbbf24;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0 auto; max-width: 80rem; padding: 1rem 1.5rem 4rem; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, "DejaVu Sans", sans-serif; }
header { display: flex; align-items: baseline; gap: 1rem; }
header button { margin-left: auto; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 0 0 .6rem; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 1.2rem 0 .4rem; }
p { margin: .6rem 0; }
.soft { color: var(--soft); }
.warn { color: var(--warn); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#problem { padding: .6rem .9rem; border: 1px solid var(--danger); border-radius: 8px; color: var(--danger); background: var(--panel); }

section { margin-top: 1.2rem; padding: 1rem 1.2rem; border: 1px solid var(--line); border-radius: 12px; background: var(--panel); overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; font-size: .85rem; color: var(--soft); white-space: nowrap; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
tbody tr:last-child td { border-bottom: 0; }
tr[aria-current="true"] td:first-child { box-shadow: inset 3px 0 var(--accent); padding-left: .6rem; }
td:last-child:has(button) { text-align: right; padding-right: 0; }

button { font: inherit; padding: .3rem .8rem; border: 1px solid var(--line); border-radius: 8px; background: var(--ground); color: var(--text); cursor: pointer; }
button:hover { border-color: var(--accent); }
button:disabled { opacity: .5; cursor: default; }
button.link { padding: 0; border: 0; background: none; color: var(--accent); text-align: left; overflow-wrap: anywhere; }
button.link:hover { text-decoration: underline; }
button.danger { color: var(--danger); }

#sign-in { display: grid; gap: .6rem; max-width: 26rem; margin: 4rem auto; padding: 1.5rem; border: 1px solid var(--line); border-radius: 12px; background: var(--panel); }
#sign-in input { font: inherit; padding: .5rem .7rem; border: 1px solid var(--line); border-radius: 8px; background: var(--ground); color: var(--text); }
dialog { max-width: 28rem; border: 1px solid var(--line); border-radius: 12px; background: var(--panel); color: var(--text); }
dialog form { text-align: right; }
dialog button { margin-left: .5rem; }
dialog p { text-align: left; overflow-wrap: anywhere; }
dialog::backdrop { background: rgb(0 0 0 / 40%); }

"""###]),
        WebFile(
            path: "/admin.html", contentType: "text/html; charset=utf-8", etag: "\"51cb706ab3990f5feb3d\"",
            content: [###"""
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Millrace operator</title>
  <link rel="icon" href="icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="admin.css">
  <script type="module" src="admin.js"></script>
</head>
<body>
  <header>
    <h1>Millrace operator</h1>
    <span id="state" class="soft"></span>
    <button id="sign-out" type="button" hidden>Sign out</button>
  </header>
  <p id="problem" role="alert" hidden></p>

  <form id="sign-in" hidden>
    <label for="key">Admin key</label>
    <input id="key" type="password" autocomplete="off" spellcheck="false">
    <button type="submit">Sign in</button>
    <p class="soft">The setting ADMIN_KEY. It is kept for this tab alone. A server with --dev takes no key from its own machine.</p>
  </form>

  <main id="desk" hidden>
    <section aria-labelledby="hosts-title">
      <h2 id="hosts-title">Hosts</h2>
      <table>
        <thead><tr><th>Host</th><th>Version</th><th>Rooms</th><th>People</th><th>Busy</th><th>State</th><th></th></tr></thead>
        <tbody id="hosts"></tbody>
      </table>
    </section>

    <section aria-labelledby="tenants-title">
      <h2 id="tenants-title">Tenants</h2>
      <table>
        <thead><tr><th>Tenant</th><th>Id</th><th>Rooms that exist</th><th>People in calls</th></tr></thead>
        <tbody id="tenants"></tbody>
      </table>
      <p id="no-tenants" class="soft">There are none.</p>
    </section>

    <section aria-labelledby="rooms-title">
      <h2 id="rooms-title">Open rooms</h2>
      <p id="filter" hidden>Of <strong id="filter-name"></strong> only. <button id="unfilter" type="button">Show all</button></p>
      <p id="incomplete" class="warn" hidden>Redis is away: these are this host's rooms.</p>
      <table>
        <thead><tr><th>Room</th><th>Tenant</th><th>Host</th><th>Mode</th><th>People</th></tr></thead>
        <tbody id="rooms"></tbody>
      </table>
      <p id="no-rooms" class="soft">Nobody is in a call.</p>
      <button id="more-rooms" type="button" hidden>Show more</button>
    </section>

    <section id="room" aria-labelledby="room-title" hidden>
      <h2 id="room-title" tabindex="-1"></h2>
      <p><button id="close-room" type="button" class="danger">Close the room</button>
        <span id="elsewhere" class="soft" hidden>Its host has the numbers of its streams.</span></p>
      <table>
        <thead><tr><th>Person</th><th>User</th><th>By</th><th>For</th><th>In kbit/s</th><th>Out kbit/s</th><th>Round trip</th><th>Link kbit/s</th><th></th></tr></thead>
        <tbody id="people"></tbody>
      </table>
      <div id="streams" hidden>
        <h3 id="sends-title"></h3>
        <table>
          <thead><tr><th>Source</th><th>Codec</th><th>kbit/s by layer</th><th>Packets</th><th>Lost</th><th>Asked again</th><th>Keyframes</th><th>State</th></tr></thead>
          <tbody id="sends"></tbody>
        </table>
        <h3 id="gets-title"></h3>
        <table>
          <thead><tr><th>From</th><th>Kind</th><th>kbit/s</th><th>Packets</th><th>Again</th><th>Loss</th><th>Layer</th><th>State</th></tr></thead>
          <tbody id="gets"></tbody>
        </table>
      </div>
    </section>

    <section aria-labelledby="audit-title">
      <h2 id="audit-title">What operators did</h2>
      <table>
        <thead><tr><th>When</th><th>Who</th><th>What</th><th>To</th><th>Details</th><th>Request</th></tr></thead>
        <tbody id="audit"></tbody>
      </table>
      <p id="no-audit" class="soft">Nothing yet.</p>
    </section>
  </main>

  <dialog id="sure" aria-labelledby="question">
    <form method="dialog">
      <p id="question"></p>
      <button value="no" autofocus>Cancel</button>
      <button id="yes" value="yes" class="danger"></button>
    </form>
  </dialog>
</body>
</html>

"""###]),
        WebFile(
            path: "/admin.js", contentType: "text/javascript; charset=utf-8", etag: "\"d7f9dd5665a0d27489ac\"",
            content: [###"""
// The operator's page: hosts, tenants, rooms, people and their streams, and what may be done about them.
import { api, key } from "./admin-api.js";
import { personCells, Rates, showStreams } from "./admin-streams.js";
import { button, fill } from "./elements.js";

const EVERY_MILLISECONDS = 2000;
const ROOMS_AT_ONCE = 200;

const byId = (id) => document.getElementById(id);
const state = { tenants: new Map(), app: null, room: null, person: null, roomsMax: ROOMS_AT_ONCE };
let rates = new Rates();
let timer = null;

// Signing in and out

function showDesk(isIn) {
  byId("sign-in").hidden = isIn;
  byId("desk").hidden = byId("sign-out").hidden = !isIn;
  if (!isIn) byId("key").focus();
}

function signOut(message = "") {
  clearTimeout(timer);
  timer = null;
  key.forget();
  byId("state").textContent = "";
  showDesk(false);
  complain(message);
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  key.set(byId("key").value);
  byId("key").value = "";
  await begin();
});
byId("sign-out").addEventListener("click", () => signOut());

/** Only a key that was taken once is kept. */
async function begin() {
  try {
    await api.hosts();
  } catch (failure) {
    return signOut(told(failure));
  }
  complain("");
  showDesk(true);
  byId("hosts-title").tabIndex = -1;
  byId("hosts-title").focus();
  await refresh();
}

// What goes wrong

const told = (failure) => `${failure.code ?? "ERROR"}: ${failure.message}`;

function complain(message) {
  byId("problem").textContent = message;
  byId("problem").hidden = !message;
}

/** Does it, shows why it did not work, and shows how things are then. */
async function attempt(action) {
  try {
    await action();
    complain("");
  } catch (failure) {
    complain(told(failure));
  }
  await refresh();
}

/** Resolves to whether the operator is sure. */
function sure(question, yes) {
  byId("question").textContent = question;
  byId("yes").textContent = yes;
  const dialog = byId("sure");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// Showing

async function refresh() {
  clearTimeout(timer);
  try {
    await show();
  } catch (failure) {
    if (failure.status === 401 || failure.status === 403) return signOut(told(failure));
    complain(told(failure));
  }
  clearTimeout(timer);
  timer = setTimeout(() => (document.hidden ? wait() : refresh()), EVERY_MILLISECONDS);
}

function wait() {
  document.addEventListener("visibilitychange", () => timer && refresh(), { once: true });
}

async function show() {
  const [hosts, tenants, rooms, audit] = await Promise.all(
    [api.hosts(), api.tenants(), api.rooms(state.app, state.roomsMax), api.audit(state.app)]);
  if (byId("desk").hidden) return;
  state.tenants = new Map(tenants.map((tenant) => [tenant.id, tenant.name]));
  showHosts(hosts);
  showTenants(tenants);
  showRooms(rooms);
  showAudit(audit);
  await showRoom();
}

function showHosts(hosts) {
  byId("state").textContent = `as ${hosts.find((host) => host.here)?.name ?? "nobody"} sees it`;
  fill(byId("hosts"), hosts, (host) => host.name, (host) => [
    host.url ? `${host.name} (${host.url})` : host.name, host.version, host.rooms, host.peers, `${host.busyPercent} %`,
    host.draining ? "draining" : "serving",
    () => button("Drain", () => drain(host.name), { class: "danger", "aria-label": `Drain ${host.name}` }),
  ]);
}

function showTenants(tenants) {
  byId("no-tenants").hidden = tenants.length > 0;
  fill(byId("tenants"), tenants, (tenant) => tenant.id, (tenant) => [
    () => button(tenant.name, () => choose(tenant.id), { class: "link", "aria-label": `Rooms of ${tenant.name}` }),
    tenant.id, tenant.roomsOpen, tenant.participantsLive,
  ]);
  mark(byId("tenants"), state.app);
}

function showRooms({ rooms, complete }) {
  byId("incomplete").hidden = complete;
  byId("no-rooms").hidden = rooms.length > 0;
  byId("more-rooms").hidden = rooms.length < state.roomsMax || state.roomsMax >= 1000;
  byId("filter").hidden = !state.app;
  byId("filter-name").textContent = state.tenants.get(state.app) ?? state.app ?? "";
  fill(byId("rooms"), rooms, (room) => room.key, (room) => [
    () => button(room.roomId, () => open(room.key), { class: "link", "aria-label": `Open ${room.roomId}` }),
    state.tenants.get(room.appId) ?? room.appId ?? "", room.host, room.mode ?? "", room.size,
  ]);
  mark(byId("rooms"), state.room);
}

function mark(body, chosen) {
  for (const row of body.rows) row.setAttribute("aria-current", String(row.dataset.key === chosen));
}

function showAudit(entries) {
  byId("no-audit").hidden = entries.length > 0;
  byId("audit-title").textContent = state.app ? `What was done to ${state.tenants.get(state.app)}` : "What operators did";
  fill(byId("audit"), entries, (entry) => entry.id, (entry) => [
    new Date(entry.at).toLocaleString(), entry.by, entry.action, entry.subject,
    Object.entries(entry.details).map(([name, value]) => `${name}: ${value}`).join(", "), entry.request,
  ]);
}

async function showRoom() {
  const wanted = state.room;
  if (!wanted) return leaveRoom();
  let found;
  try {
    found = await api.room(wanted);
  } catch (failure) {
    if (failure.status !== 404) throw failure;
    return leaveRoom();
  }
  // Something else may have been chosen meanwhile.
  if (state.room === wanted) showPeople(found);
}

function leaveRoom() {
  state.room = null;
  byId("room").hidden = true;
}

function showPeople({ room, numbers }) {
  rates.take(numbers);
  byId("room").hidden = false;
  byId("room-title").textContent = `${room.roomId} at ${room.host}`;
  byId("elsewhere").hidden = room.here;
  fill(byId("people"), room.people, (person) => person.id, (person) => [
    () => button(person.name, () => look(person.id), { class: "link", "aria-label": `Streams of ${person.name}` }),
    person.userId, person.by, lasting(person.from), ...personCells(person.id, rates),
    () => button("Kick", () => kick(person), { class: "danger", "aria-label": `Kick ${person.name}` }),
  ]);
  if (!room.people.some((person) => person.id === state.person)) state.person = room.people[0]?.id ?? null;
  mark(byId("people"), state.person);
  showPerson(room.people.find((person) => person.id === state.person));
}

function showPerson(person) {
  byId("streams").hidden = !person || !rates.peer(person.id);
  if (!person) return;
  byId("sends-title").textContent = `${person.name} sends`;
  byId("gets-title").textContent = `${person.name} gets`;
  showStreams(byId("sends"), byId("gets"), person.id, rates);
}

function lasting(from) {
  const seconds = Math.max(0, Math.round((Date.now() - from) / 1000));
  return seconds < 120 ? `${seconds} s` : seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

// Doing

function choose(app) {
  state.app = state.app === app ? null : app;
  state.roomsMax = ROOMS_AT_ONCE;
  return refresh();
}

async function open(room) {
  [state.room, state.person, rates] = [room, null, new Rates()];
  await refresh();
  byId("room-title").focus();
}

function look(person) {
  state.person = person;
  return refresh();
}

const shownRoom = () => byId("room-title").textContent;

async function kick(person) {
  const room = state.room;
  if (await sure(`Put ${person.name} out of ${shownRoom()}? Their token stays good: they may come again.`, "Kick")) {
    await attempt(() => api.kick(room, person.id));
  }
}

async function closeRoom() {
  const room = state.room;
  if (await sure(`Put everybody out of ${shownRoom()}? A tenant's room is closed for good.`, "Close the room")) {
    await attempt(() => api.close(room));
  }
}

async function drain(host) {
  if (await sure(`Take ${host} out of service? It opens no more rooms, and ends when everybody has left or its time is up.`, "Drain")) {
    await attempt(() => api.drain(host));
  }
}

byId("close-room").addEventListener("click", closeRoom);
byId("unfilter").addEventListener("click", () => choose(state.app));
byId("more-rooms").addEventListener("click", () => {
  state.roomsMax += ROOMS_AT_ONCE;
  return refresh();
});

if (key.get() === null) showDesk(false);
else await begin();

"""###]),
        WebFile(
            path: "/api.css", contentType: "text/css; charset=utf-8", etag: "\"e1dea24f5a8a8dc13535\"",
            content: [###"""
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { margin: 0; }
h2 { margin: 2.5rem 0 .5rem; text-transform: capitalize; }
nav ul { columns: 2 18rem; padding-left: 1.2rem; }
article { border-top: 1px solid #8886; padding: 1rem 0; }
article h3 { margin: 0; font: 600 1rem ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
h4 { margin: .8rem 0 .2rem; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid #8883; padding: .25rem .8rem .25rem 0; vertical-align: top; }
td:first-child, td:nth-child(2), code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .9em; }
td:nth-child(2) { white-space: nowrap; }

"""###]),
        WebFile(
            path: "/api.html", contentType: "text/html; charset=utf-8", etag: "\"49a928a10db06112ac8e\"",
            content: [###"""
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Millrace API</title>
  <link rel="icon" href="icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="api.css">
  <script type="module" src="api.js"></script>
</head>
<body>
  <header>
    <h1 id="title">Millrace API</h1>
    <p id="about">Reading <a href="openapi.json">openapi.json</a> needs JavaScript on this page.</p>
  </header>
  <nav id="index" aria-label="Addresses"></nav>
  <main id="operations"></main>
</body>
</html>

"""###]),
        WebFile(
            path: "/api.js", contentType: "text/javascript; charset=utf-8", etag: "\"2288d4de323a301c3c37\"",
            content: [###"""
// Shows openapi.json for people.

import { make } from "./elements.js";

function resolve(reference, text) {
  let value = text;
  for (const step of reference.slice(2).split("/")) value = value?.[step];
  return value ?? {};
}

/** What a schema takes, in a few words. */
function words(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.type === "array") return `${words(schema.items)}[]`;
  if (schema.anyOf ?? schema.oneOf) return (schema.anyOf ?? schema.oneOf).map(words).join(" or ");
  return [schema.type].flat().filter(Boolean).join(" or ");
}

function fields(schema, text) {
  const known = schema?.$ref ? resolve(schema.$ref, text) : schema;
  const needed = new Set(known?.required ?? []);
  return Object.entries(known?.properties ?? {}).map(([name, field]) => [
    name + (needed.has(name) ? "" : "?"), words(field), field.description ?? "",
  ]);
}

function table(rows) {
  return make("table", rows.map((row) => make("tr", row.map((cell) => make("td", cell)))));
}

function part(title, rows) {
  return rows.length ? [make("h4", title), table(rows)] : [];
}

function operation(method, path, entry, text) {
  const parameters = (entry.parameters ?? []).map((one) => (one.$ref ? resolve(one.$ref, text) : one));
  const body = entry.requestBody?.content?.["application/json"]?.schema;
  const answers = Object.entries(entry.responses ?? {}).map(([status, one]) => {
    const answer = one.$ref ? resolve(one.$ref, text) : one;
    return [status, words(Object.values(answer.content ?? {})[0]?.schema), answer.description ?? ""];
  });
  return make("article", [
    make("h3", `${method.toUpperCase()} ${path}`),
    make("p", [entry.summary, entry.description].filter(Boolean).join(" ")),
    ...part("Parameters", parameters.map((one) => [one.name, `${one.in} ${words(one.schema)}`, one.description ?? ""])),
    ...part("Body", fields(body, text)),
    ...part("Answers", answers),
  ], { id: entry.operationId });
}

function show(text) {
  document.getElementById("title").textContent = text.info.title;
  const link = make("a", "openapi.json", { href: "openapi.json" });
  document.getElementById("about").replaceChildren(`${text.info.description ?? ""} `, link);
  const entries = [];
  for (const [path, methods] of Object.entries(text.paths)) {
    for (const [method, entry] of Object.entries(methods)) {
      if (entry.responses) entries.push({ path, method, entry });
    }
  }
  document.getElementById("index").append(make("ul", entries.map(({ path, method, entry }) =>
    make("li", make("a", `${method.toUpperCase()} ${path}`, { href: `#${entry.operationId}` })))));
  const shapes = Object.entries(text.components?.schemas ?? {}).filter(([, schema]) => schema.properties);
  document.getElementById("operations").append(
    ...entries.map(({ path, method, entry }) => operation(method, path, entry, text)),
    make("h2", "Shapes"),
    ...shapes.map(([name, schema]) =>
      make("article", [make("h3", name), table(fields(schema, text))], { id: `shape-${name}` })));
}

const answer = await fetch("openapi.json");
show(await answer.json());

"""###]),
        WebFile(
            path: "/devices.js", contentType: "text/javascript; charset=utf-8", etag: "\"b441d58fe0a5efb4026d\"",
            content: [###"""
// Microphone, camera and screen: asking for them, and saying in plain words why one cannot be had.

const CAMERA_SIZE = { width: 1280, height: 720 };
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const SCREEN = { frameRate: { ideal: 15, max: 30 } };

/** Whether this page may use devices at all: browsers give them to https and to localhost only. */
export const canUseDevices = () => Boolean(navigator.mediaDevices?.getUserMedia);
export const canShareScreen = () => Boolean(navigator.mediaDevices?.getDisplayMedia);

/**
 * Asks for a source ("microphone", "camera" or "screen"). Resolves with its track; rejects with an Error whose message can
 * be shown to people. `cameraSize`: the picture that is asked for, {width, height}.
 */
export async function openDevice(source, cameraSize = CAMERA_SIZE) {
  if (!canUseDevices()) throw new Error('This page has no access to devices: open it by https or on localhost.');
  try {
    const stream = await requestStream(source, cameraSize);
    const [track] = stream.getTracks();
    track.contentHint = { microphone: 'speech', camera: 'motion', screen: 'detail' }[source];
    return track;
  } catch (error) {
    throw new Error(explain(source, error), { cause: error });
  }
}

function requestStream(source, { width, height }) {
  switch (source) {
    case 'microphone': return navigator.mediaDevices.getUserMedia({ audio: MICROPHONE });
    case 'camera': return navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30, max: 30 } },
    });
    default: return navigator.mediaDevices.getDisplayMedia({ video: SCREEN });
  }
}

function explain(source, error) {
  switch (error.name) {
    case 'NotAllowedError': return source === 'screen'
      ? 'The screen was not shared.' : `The browser does not let this page use the ${source}.`;
    case 'NotFoundError':
    case 'OverconstrainedError': return `No ${source} was found.`;
    case 'NotReadableError':
    case 'AbortError': return `The ${source} is in use by another program.`;
    default: return `The ${source} does not work: ${error.message}`;
  }
}

"""###]),
        WebFile(
            path: "/elements.js", contentType: "text/javascript; charset=utf-8", etag: "\"03038213ffec0eaae2b1\"",
            content: [###"""
// Elements, made and kept.

/** An element with text or children. */
export function make(name, content = [], attributes = {}) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...[content].flat());
  return element;
}

/** A button that does something; while that takes it cannot be pressed again. */
export function button(text, action, attributes = {}) {
  const element = make("button", text, { type: "button", ...attributes });
  element.addEventListener("click", async () => {
    element.disabled = true;
    try { await action(); } finally { element.disabled = false; }
  });
  return element;
}

/**
 * Brings a table's rows in line with `items`. A row that stays is the same element, so that the focus stays where it is.
 * `cells(item)` gives texts, or functions that make a cell's content once for the row.
 */
export function fill(body, items, keyOf, cells) {
  const known = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  let before = null;
  for (const item of items) {
    const key = String(keyOf(item));
    const row = known.get(key) ?? newRow(key, cells(item));
    known.delete(key);
    update(row, cells(item));
    const place = before ? before.nextElementSibling : body.firstElementChild;
    if (place !== row) body.insertBefore(row, place);
    before = row;
  }
  for (const row of known.values()) row.remove();
}

function newRow(key, cells) {
  const row = make("tr", cells.map((cell) => make("td", typeof cell === "function" ? cell() : "")));
  row.dataset.key = key;
  return row;
}

function update(row, cells) {
  cells.forEach((cell, index) => {
    if (typeof cell === "function") return;
    const text = String(cell ?? "");
    if (row.cells[index].textContent !== text) row.cells[index].textContent = text;
  });
}

"""###]),
        WebFile(
            path: "/icon.svg", contentType: "image/svg+xml", etag: "\"9eb8acdcea65cf5328d3\"",
            content: [###"""
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" fill="none" stroke-linecap="round" stroke-width="3">
  <rect width="40" height="40" rx="10" fill="#0f766e"/>
  <circle cx="20" cy="17" r="8.5" stroke="#fff"/>
  <path d="M20 5.500v23M8.5 17h23M11.9 8.900l16.2 16.200M28.1 8.9 11.9 25.1" stroke="#fff" stroke-width="1.8"/>
  <path d="M5 33c3.5-3 6.5-3 10 0s6.5 3 10 0 6.5-3 10 0" stroke="#99f6e4"/>
</svg>

"""###]),
        WebFile(
            path: "/", contentType: "text/html; charset=utf-8", etag: "\"56c142bdd11afef9aa6a\"",
            content: [###"""
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
  <meta name="color-scheme" content="light dark">
  <meta http-equiv="Content-Security-Policy"
    content="default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; media-src 'self' blob: mediastream:; base-uri 'none'; form-action 'none'">
  <title>Millrace</title>
  <link rel="icon" href="icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="style.css">
  <script type="module" src="main.js"></script>
</head>
<body>
  <svg class="symbols" aria-hidden="true" focusable="false">
    <symbol id="icon-microphone" viewBox="0 0 24 24">
      <rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3"/>
    </symbol>
    <symbol id="icon-microphone-off" viewBox="0 0 24 24">
      <path d="M15 9.5V6a3 3 0 0 0-5.8-1M9 9.5V11a3 3 0 0 0 4.6 2.5M5.5 11.5a6.5 6.5 0 0 0 10.4 5.2M18.1 13.6c.3-.7.4-1.4.4-2.1M12 18v3M4 4l16 16"/>
    </symbol>
    <symbol id="icon-camera" viewBox="0 0 24 24">
      <rect x="3" y="6.5" width="12.5" height="11" rx="2.5"/><path d="m15.5 11 5.5-3v8l-5.5-3z"/>
    </symbol>
    <symbol id="icon-camera-off" viewBox="0 0 24 24">
      <path d="M10 6.5h3a2.5 2.5 0 0 1 2.5 2.5v2l5.5-3v8l-3.2-1.7M15.3 15.8a2.5 2.5 0 0 1-2.3 1.7H5.500A2.5 2.5 0 0 1 3 15V9a2.5 2.5 0 0 1 2.2-2.500M4 4l16 16"/>
    </symbol>
    <symbol id="icon-screen" viewBox="0 0 24 24">
      <rect x="3" y="4.5" width="18" height="12" rx="2.5"/><path d="M9 20h6M12 13.500v-6M9.3 10 12 7.300l2.7 2.7"/>
    </symbol>
    <symbol id="icon-leave" viewBox="0 0 24 24">
      <path d="M10 4H6.500A2.5 2.5 0 0 0 4 6.500v11A2.5 2.5 0 0 0 6.5 20H10M9.5 12H20M16 8l4 4-4 4"/>
    </symbol>
    <symbol id="icon-link" viewBox="0 0 24 24">
      <path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.700l1-1"/>
    </symbol>
    <symbol id="icon-numbers" viewBox="0 0 24 24"><path d="M5 20v-7M12 20V4M19 20V10"/></symbol>
    <symbol id="icon-sound" viewBox="0 0 24 24">
      <path d="M4 9.500v5h3.500L12 18.500v-13L7.5 9.500zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.500a7.8 7.8 0 0 1 0 11"/>
    </symbol>
  </svg>

  <main id="join" class="lobby">
    <form id="join-form" class="card">
      <h1><img src="icon.svg" alt="" width="40" height="40">Millrace</h1>
      <p class="muted">Meet in a room, straight from the browser.</p>
      <label>Your name
        <input id="name" name="name" required maxlength="64" autocomplete="name" placeholder="How others see you">
      </label>
      <label>Room
        <input id="room" name="room" required maxlength="64" pattern="[A-Za-z0-9._~:@\-]+" autocomplete="off"
          autocapitalize="none" spellcheck="false" title="Letters, digits and . _ ~ : @ -">
      </label>
      <fieldset class="choices">
        <legend>Join with</legend>
        <label><input type="checkbox" id="with-microphone" checked> <svg><use href="#icon-microphone"/></svg> Microphone</label>
        <label><input type="checkbox" id="with-camera" checked> <svg><use href="#icon-camera"/></svg> Camera</label>
      </fieldset>
      <p id="join-message" class="message" role="alert" hidden></p>
      <button class="primary" id="join-button">Join</button>
    </form>
  </main>

  <div id="meeting" class="meeting" hidden>
    <header class="bar">
      <h2 id="room-name"></h2>
      <span id="people" class="muted"></span>
      <span id="connection" class="pill" role="status"></span>
      <span class="grow"></span>
      <button id="copy-link" class="quiet" type="button"><svg aria-hidden="true"><use href="#icon-link"/></svg><span>Copy link</span></button>
      <button id="numbers-button" class="quiet" type="button" aria-expanded="false" aria-controls="numbers" title="Connection numbers (I)">
        <svg aria-hidden="true"><use href="#icon-numbers"/></svg><span>Numbers</span></button>
    </header>
    <main id="stage" class="stage" aria-label="People in the room">
      <div id="screens" class="screens"></div>
      <div id="grid" class="grid"></div>
    </main>
    <aside id="numbers" class="numbers" aria-label="Connection numbers" hidden></aside>
    <footer class="controls" role="toolbar" aria-label="Your devices">
      <button type="button" id="microphone-button" title="Microphone (M)"><svg aria-hidden="true"><use href="#icon-microphone"/></svg><span></span></button>
      <button type="button" id="camera-button" title="Camera (V)"><svg aria-hidden="true"><use href="#icon-camera"/></svg><span></span></button>
      <button type="button" id="screen-button" title="Screen (S)"><svg aria-hidden="true"><use href="#icon-screen"/></svg><span></span></button>
      <button type="button" id="leave-button" class="danger" title="Leave the room"><svg aria-hidden="true"><use href="#icon-leave"/></svg><span>Leave</span></button>
    </footer>
    <button id="sound-button" class="primary sound" type="button" hidden>
      <svg aria-hidden="true"><use href="#icon-sound"/></svg> Turn the sound on</button>
    <div id="sounds" hidden></div>
  </div>

  <div id="notices" class="notices" role="status" aria-live="polite"></div>
  <noscript><p class="lobby">This page needs JavaScript.</p></noscript>
</body>
</html>

"""###]),
        WebFile(
            path: "/main.js", contentType: "text/javascript; charset=utf-8", etag: "\"9032855ea0cc8fad3f11\"",
            content: [###"""
// The page: the join card, the meeting with its buttons, and messages to people.
//
// Query: ?room=R&name=N fill the card; autojoin=1 joins at once; token=JWT uses an invitation instead of asking the
// server for a token of its own (which it gives in development mode only); devices=none joins without devices;
// camera=640x360 asks for a picture of that size; channels=1 joins with data channels, for `millrace.session.openChannel`.

import { canShareScreen, openDevice } from './devices.js';
import { Numbers } from './numbers.js';
import { parts } from './sdk/call-sdk.js';
import { Stage } from './stage.js';
import { StatsReader } from './stats.js';

const $ = id => document.getElementById(id);
const query = new URLSearchParams(location.search);
const NOTICE_MS = 6000;

let session = null, stage = null, numbers = null;

function start() {
  $('name').value = query.get('name') ?? stored('millrace-name') ?? '';
  $('room').value = query.get('room') ?? 'lobby';
  if (query.get('devices') === 'none') $('with-microphone').checked = $('with-camera').checked = false;
  $('join-form').addEventListener('submit', event => { event.preventDefault(); join(); });
  $('microphone-button').onclick = toggleMicrophone;
  $('camera-button').onclick = () => toggleDevice('camera');
  $('screen-button').onclick = () => toggleDevice('screen');
  $('leave-button').onclick = () => session.leave();
  $('copy-link').onclick = copyLink;
  $('numbers-button').onclick = toggleNumbers;
  $('sound-button').onclick = () => stage.playSounds();
  document.addEventListener('keydown', pressKey);
  addEventListener('pagehide', () => session?.leave());
  if (query.get('autojoin') === '1') join();
  else ($('name').value ? $('join-button') : $('name')).focus();
}

// --- joining and leaving ----------------------------------------------------------------------------------------------

async function join() {
  const name = cut($('name').value.trim()), room = $('room').value.trim();
  if (!name || !room) return;
  store('millrace-name', name);
  $('join-button').disabled = true;
  $('join-message').hidden = true;
  session = new parts.Session(socketAddress(), renew => getToken(room, name, renew), { channels: query.get('channels') === '1' });
  stage = new Stage(session, { stage: $('stage'), grid: $('grid'), screens: $('screens'), sounds: $('sounds') }, showSoundButton);
  numbers = new Numbers(session, $('numbers'));
  listen(session);
  try {
    await session.join();
  } catch {
    return; // "state" has told, see showState
  }
  await openChosenDevices();
}

/** At most 64 bytes of UTF-8, whole characters: what the server takes as a name. */
function cut(name) {
  const encoder = new TextEncoder();
  let letters = [...name];
  while (encoder.encode(letters.join('')).length > 64) letters = letters.slice(0, -1);
  return letters.join('');
}

function socketAddress() {
  const url = new URL('ws', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = url.hash = '';
  return url.href;
}

let devToken = null;
/** The invitation in the address, or a token from a server in development mode. */
async function getToken(room, name, renew) {
  if (query.has('token')) return query.get('token');
  if (devToken && !renew && devToken.room === room && devToken.name === name) return devToken.token;
  const address = `dev/token?${new URLSearchParams({ room, name })}`;
  const response = await fetch(address, { method: 'POST' }).catch(() => { throw new Error('The server cannot be reached.'); });
  if (response.status === 404) throw new Error('This server needs an invitation: a link with a token.');
  if (!response.ok) throw new Error(await explanation(response));
  devToken = { room, name, token: (await response.json()).token };
  return devToken.token;
}

/** What the server says about a refusal, for people. */
async function explanation(response) {
  const { error } = await response.json().catch(() => ({}));
  return `The server refused: ${error?.message ?? response.status}.`;
}

async function openChosenDevices() {
  if (!session.self.mayPublish) return notice('You are here as a listener.');
  const wanted = ['microphone', 'camera'].filter(source => $(`with-${source}`).checked);
  await Promise.all(wanted.map(source => publishDevice(source)));
  if (session?.state === 'joined' && !session.local.size) notice('You see and hear the others; they do not see or hear you.');
}

function listen(session) {
  session.addEventListener('state', showState);
  session.addEventListener('connection', showState);
  session.addEventListener('peers', showPeople);
  session.addEventListener('local', () => { showButtons(); showPeople(); });
  session.addEventListener('notice', event => notice(event.detail.message));
}

// --- devices ------------------------------------------------------------------------------------------------------------

const opening = new Set();

async function publishDevice(source) {
  if (opening.has(source)) return;
  const mine = session;
  opening.add(source);
  try {
    const track = await openDevice(source, cameraSize());
    if (session !== mine || mine.state === 'ended') return track.stop();
    await mine.publish(source, track);
  } catch (error) {
    notice(error.message);
  } finally {
    opening.delete(source);
    showButtons();
  }
}

function cameraSize() {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(query.get('camera')) ?? [];
  return width ? { width: Number(width), height: Number(height) } : undefined;
}

function toggleDevice(source) {
  if (session.local.has(source)) return session.unpublish(source);
  return publishDevice(source);
}

/** The microphone stays open while muted: unmuting is at once. */
function toggleMicrophone() {
  const microphone = session.local.get('microphone');
  if (microphone) session.setMuted('microphone', !microphone.muted);
  else publishDevice('microphone');
}

// --- what people see ----------------------------------------------------------------------------------------------------

function showState() {
  const { state, pc, ending } = session;
  const inMeeting = state === 'joined' || state === 'reconnecting';
  $('meeting').hidden = !inMeeting;
  $('join').hidden = inMeeting;
  if (state === 'ended') return showEnding(ending);
  if (!inMeeting) return;
  const [text, level] = connectionText(state, pc?.connectionState);
  $('connection').textContent = text;
  $('connection').dataset.level = level;
  $('room-name').textContent = session.self.room;
  document.title = `${session.self.room} – Millrace`;
  showButtons();
}

function connectionText(state, connection) {
  if (state === 'reconnecting') return ['Reconnecting…', 'warn'];
  switch (connection) {
    case 'connected': return ['Connected', 'good'];
    case 'disconnected': return ['Connection is poor…', 'warn'];
    case 'failed': return ['Connection failed, trying again…', 'warn'];
    default: return ['Connecting…', ''];
  }
}

function showEnding({ code, message }) {
  stage.close();
  numbers.close();
  $('numbers-button').setAttribute('aria-expanded', 'false');
  $('join-button').disabled = false;
  $('sound-button').hidden = true;
  $('join-message').hidden = code === 'LEFT';
  $('join-message').textContent = message;
  document.title = 'Millrace';
}

function showPeople() {
  if (session.state === 'ended') return;
  const count = session.peers.size + 1;
  $('people').textContent = count === 1 ? 'Nobody else is here yet' : `${count} people`;
  stage.update();
}

const BUTTONS = {
  microphone: { on: 'Mute', off: 'Unmute', absent: 'No mic' },
  camera: { on: 'Stop video', off: 'Start video', absent: 'Start video' },
  screen: { on: 'Stop sharing', off: 'Share screen', absent: 'Share screen' },
};

function showButtons() {
  const mayPublish = Boolean(session?.self?.mayPublish);
  for (const source of Object.keys(BUTTONS)) {
    const published = session?.local.get(source), isOn = Boolean(published && !published.muted);
    const button = $(`${source}-button`), words = BUTTONS[source];
    button.disabled = !mayPublish || opening.has(source) || (source === 'screen' && !canShareScreen());
    button.querySelector('span').textContent = isOn ? words.on : published ? words.off : words.absent;
    button.setAttribute('aria-label', isOn ? words.on : published || source !== 'microphone' ? words.off : 'Turn the microphone on');
    button.dataset.state = source === 'screen' ? (isOn ? 'active' : '') : isOn ? '' : 'off';
    if (source !== 'screen') button.querySelector('use').setAttribute('href', `#icon-${source}${isOn ? '' : '-off'}`);
  }
}

function showSoundButton(isBlocked) {
  $('sound-button').hidden = !isBlocked;
}

function notice(text) {
  const line = document.createElement('p');
  line.textContent = text;
  $('notices').append(line);
  setTimeout(() => line.remove(), NOTICE_MS);
}

async function copyLink() {
  const link = new URL(location.pathname, location.href);
  link.searchParams.set('room', session.self.room);
  try {
    await navigator.clipboard.writeText(link.href);
    notice('The link is copied.');
  } catch {
    notice(link.href);
  }
}

function toggleNumbers() {
  numbers.toggle();
  $('numbers-button').setAttribute('aria-expanded', String(numbers.isOpen));
}

function pressKey(event) {
  if (!['joined', 'reconnecting'].includes(session?.state)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest('input')) return;
  const button = { m: 'microphone', v: 'camera', s: 'screen', i: 'numbers' }[event.key.toLowerCase()];
  if (button) $(`${button}-button`).click();
}

// Private browsing may forbid storage altogether.
function stored(key) { try { return localStorage.getItem(key); } catch { return null; } }
function store(key, value) { try { localStorage.setItem(key, value); } catch { /* not kept */ } }

// --- for tests and the curious --------------------------------------------------------------------------------------------

const reader = new StatsReader();

window.millrace = {
  get session() { return session; },
  get stage() { return stage; },

  /** Who is here and what they publish, as plain data. */
  summary() {
    return {
      state: session?.state ?? 'idle', ending: session?.ending?.code ?? null, self: session?.self ?? null,
      connection: session?.pc?.connectionState ?? null, speaker: session?.speaker ?? '', reconnects: session?.reconnects ?? 0,
      resumptions: session?.resumptions ?? 0,
      local: [...session?.local ?? []].map(([source, { muted }]) => ({ source, muted })),
      peers: [...session?.peers.values() ?? []].map(({ id, name, sources }) => ({
        id, name, sources: Object.fromEntries([...sources].map(([source, { mid, muted }]) => [source, { mid, muted }])),
      })),
    };
  },

  /** summary() with the numbers of getStats, received streams named by whose they are, and what the pictures look like. */
  async report() {
    const summary = this.summary();
    if (!session?.pc) return summary;
    const { connection, sent, received } = await reader.read(session.pc);
    const byMid = new Map(received.map(stream => [stream.mid, stream]));
    for (const peer of summary.peers) {
      const elements = stage.elements(peer.id);
      for (const [source, slot] of Object.entries(peer.sources)) {
        Object.assign(slot, byMid.get(slot.mid));
        slot.picture = elements[source] instanceof HTMLVideoElement ? picture(elements[source]) : undefined;
        slot.isPlaying = elements[source] ? !elements[source].paused : false;
      }
    }
    return { ...summary, transport: connection, sent };
  },
};

/** A few sample pixels of what a <video> shows now: a picture that moves gives another string each time. */
function picture(video) {
  if (!video.videoWidth) return null;
  const canvas = new OffscreenCanvas(16, 9), context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0, 16, 9);
  const pixels = context.getImageData(0, 0, 16, 9).data;
  return [...pixels].map(value => value.toString(16).padStart(2, '0')).join('');
}

start();

"""###]),
        WebFile(
            path: "/numbers.js", contentType: "text/javascript; charset=utf-8", etag: "\"f0705c48f6610b7c467a\"",
            content: [###"""
// The overlay with connection numbers: what getStats says, once a second while it is open.

import { parts } from './sdk/call-sdk.js';
import { StatsReader } from './stats.js';

const PERIOD_MS = 1000;

export class Numbers {
  #session;
  #element;
  #timer = null;
  #reader = new StatsReader();

  constructor(session, element) {
    this.#session = session;
    this.#element = element;
  }

  get isOpen() { return this.#timer !== null; }

  toggle() {
    if (this.isOpen) return this.close();
    this.#element.hidden = false;
    this.#timer = setInterval(() => this.#refresh(), PERIOD_MS);
    this.#refresh();
  }

  close() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#element.hidden = true;
  }

  async #refresh() {
    const { pc } = this.#session;
    if (!pc || pc.connectionState === 'closed') return;
    const [{ connection, sent, received }, server] = await Promise.all([this.#reader.read(pc), this.#serverStats()]);
    if (!this.isOpen) return;
    const slots = new Map((server?.consumers ?? []).map(slot => [slot.mid, slot]));
    this.#element.replaceChildren(
      heading('Connection'), table([
        ['State', connection.state], ['Round trip', unit(connection.roundTripMs, 'ms')],
        ['Sending', unit(connection.sendKbps, 'kbit/s')], ['Receiving', unit(connection.receiveKbps, 'kbit/s')],
        ['Could send', unit(connection.availableKbps, 'kbit/s')], ['Could receive', kbps(server?.estimateBps)],
        ['Given', kbps(server?.allocatedBps)], ['Pace', kbps(server?.paceBps)],
        ['Server', connection.remote], ['SRTP', connection.srtp],
      ].filter(([, value]) => value)),
      heading('Sending'), table(sent.filter(stream => stream.kbps).map(stream => this.#sentRow(stream))),
      heading('Receiving'), table(received.filter(stream => this.#owner(stream.mid))
        .map(stream => this.#receivedRow(stream, slots.get(stream.mid)))),
    );
  }

  /** The server's numbers; null while the connection is being made anew. */
  async #serverStats() {
    try {
      return await this.#session.serverStats();
    } catch {
      return null;
    }
  }

  #sentRow(stream) {
    const source = { 0: 'microphone', 1: 'camera', 2: 'screen' }[stream.mid] ?? stream.kind;
    return [`${source} ${stream.rid ?? ''}`, stream.codec, picture(stream), unit(stream.kbps, 'kbit/s'),
      loss(stream.lossPercent), stream.limitedBy && `limited by ${stream.limitedBy}`];
  }

  #receivedRow(stream, slot) {
    return [this.#owner(stream.mid), stream.codec, picture(stream), unit(stream.kbps, 'kbit/s'), loss(stream.lossPercent),
      unit(stream.jitterMs, 'ms jitter'), stream.freezes ? `${stream.freezes} freezes` : '',
      stream.kind === 'video' ? layerText(slot) : ''];
  }

  #owner(mid) {
    for (const { name, sources } of this.#session.peers.values()) {
      for (const [source, slot] of sources) if (slot.mid === mid) return `${name}, ${source}`;
    }
    return null;
  }
}

const unit = (value, name) => value === undefined ? '' : `${Math.round(value)} ${name}`;
const kbps = bits => bits ? unit(bits / 1000, 'kbit/s') : '';
const layerName = layers => layers ? `${['q', 'h', 'f'][layers.simulcast]} S${part(layers.spatial)} T${part(layers.temporal)}` : 'none';
/** 3 stands for all there are. */
const part = number => number === 3 ? '*' : number;

/** What the server sends on a slot, and what it is about to send; or why nothing. */
function layerText(slot) {
  if (!slot) return '';
  if (slot.held) return `held: ${parts.heldReason(slot.held)}`;
  const [sent, wanted] = [layerName(slot.sent), layerName(slot.wanted)];
  return sent === wanted ? sent : `${sent} → ${wanted}`;
}

const loss = percent => percent === undefined ? '' : `${percent.toFixed(1)} % lost`;
const picture = ({ width, height, framesPerSecond }) => width ? `${width}×${height} ${Math.round(framesPerSecond ?? 0)}/s` : '';

function heading(text) {
  const element = document.createElement('h3');
  element.textContent = text;
  return element;
}

/** Rows of cells; the first cell of each is its heading. */
function table(rows) {
  const element = document.createElement('table');
  for (const [name, ...values] of rows) {
    const row = element.insertRow();
    row.append(Object.assign(document.createElement('th'), { textContent: name, scope: 'row' }));
    for (const value of values) row.insertCell().textContent = value ?? '';
  }
  if (!rows.length) element.insertRow().insertCell().textContent = 'nothing';
  return element;
}

"""###]),
        WebFile(
            path: "/stage.js", contentType: "text/javascript; charset=utf-8", etag: "\"7ca3c386e1eb989f1bac\"",
            content: [###"""
// The stage: one tile for each person, screens large, sound of everybody.

import { Tile, bestTileWidth } from './tiles.js';

const GAP = 12;
const VIEW_DELAY_MS = 600;
/** A look into another tab is not worth a keyframe of everybody. */
const HIDDEN_DELAY_MS = 5000;

export class Stage {
  #tiles = new Map();
  #sounds = new Map();
  #session;
  #elements;
  #viewTimer = null;
  #onSoundBlocked;

  /** `elements`: {stage, grid, screens, sounds}; `onSoundBlocked(isBlocked)`: the browser wants a click before sound. */
  constructor(session, elements, onSoundBlocked) {
    this.#session = session;
    this.#elements = elements;
    this.#onSoundBlocked = onSoundBlocked;
    this.observer = new ResizeObserver(() => this.#layOut());
    this.observer.observe(elements.grid);
    this.scrolling = () => this.#viewsSoon(VIEW_DELAY_MS);
    elements.grid.addEventListener('scroll', this.scrolling, { passive: true });
    this.showing = () => this.#viewsSoon(document.hidden ? HIDDEN_DELAY_MS : 0);
    document.addEventListener('visibilitychange', this.showing);
  }

  /** Makes tiles and sounds agree with the session. */
  update() {
    const wanted = this.#wantedTiles();
    for (const [id, tile] of this.#tiles) if (!wanted.has(id)) this.#removeTile(id, tile);
    for (const [id, look] of wanted) this.#showTile(id, look);
    this.#updateSounds();
    this.#elements.stage.classList.toggle('has-screen', [...wanted.values()].some(look => look.kind === 'screen'));
    this.#layOut();
  }

  /** Plays what could not be played; call it from a click. */
  async playSounds() {
    const results = await Promise.allSettled([...this.#sounds.values()].map(sound => sound.play()));
    this.#onSoundBlocked(results.some(result => result.status === 'rejected'));
  }

  /** The elements that show and play a person's sources, for tests. */
  elements(peerId) {
    return {
      camera: this.#tiles.get(peerId)?.video ?? null,
      screen: this.#tiles.get(`${peerId}/screen`)?.video ?? null,
      microphone: this.#sounds.get(this.#session.peers.get(peerId)?.sources.get('microphone')?.track.id) ?? null,
    };
  }

  close() {
    this.observer.disconnect();
    clearTimeout(this.#viewTimer);
    this.#elements.grid.removeEventListener('scroll', this.scrolling);
    document.removeEventListener('visibilitychange', this.showing);
    for (const [id, tile] of this.#tiles) this.#removeTile(id, tile);
    for (const id of [...this.#sounds.keys()]) this.#removeSound(id);
  }

  #wantedTiles() {
    const { self, local, peers, speaker } = this.#session, wanted = new Map();
    if (self) {
      const microphone = local.get('microphone');
      wanted.set('self', {
        kind: 'self', name: `${self.name} (you)`, track: local.get('camera')?.track,
        isMuted: !microphone || microphone.muted, isSpeaking: speaker === self.peerId,
      });
      // Small: a screen that shows itself large shows itself in itself.
      if (local.has('screen')) wanted.set('self/screen', { kind: 'own-screen', name: 'Your screen', track: local.get('screen').track });
    }
    for (const { id, name, sources } of peers.values()) {
      const microphone = sources.get('microphone'), camera = sources.get('camera'), screen = sources.get('screen');
      wanted.set(id, {
        kind: 'person', name, track: camera?.muted ? null : camera?.track, held: camera?.muted ? '' : camera?.held,
        isMuted: !microphone || microphone.muted, isSpeaking: speaker === id,
      });
      if (screen) wanted.set(`${id}/screen`, { kind: 'screen', name: `Screen of ${name}`, track: screen.track, held: screen.held });
    }
    return wanted;
  }

  #showTile(id, look) {
    let tile = this.#tiles.get(id);
    if (!tile) {
      tile = new Tile(look.kind);
      this.#tiles.set(id, tile);
      (look.kind === 'screen' ? this.#elements.screens : this.#elements.grid).append(tile.element);
    }
    tile.update(look);
  }

  #removeTile(id, tile) {
    tile.remove();
    this.#tiles.delete(id);
  }

  /** One element for each slot: it goes on playing when the slot gets another voice. */
  #updateSounds() {
    const microphones = [...this.#session.peers.values()].map(({ sources }) => sources.get('microphone'));
    const tracks = new Map(microphones.filter(Boolean).map(({ track }) => [track.id, track]));
    for (const [id, track] of tracks) {
      if (this.#sounds.get(id)?.srcObject?.getTracks()[0] === track) continue;
      this.#removeSound(id);
      this.#addSound(id, track);
    }
    for (const id of [...this.#sounds.keys()]) if (!tracks.has(id)) this.#removeSound(id);
  }

  #addSound(id, track) {
    const sound = new Audio();
    sound.autoplay = true;
    sound.srcObject = new MediaStream([track]);
    this.#sounds.set(id, sound);
    this.#elements.sounds.append(sound);
    sound.play().catch(error => { if (error.name === 'NotAllowedError') this.#onSoundBlocked(true); });
  }

  #removeSound(id) {
    const sound = this.#sounds.get(id);
    if (!sound) return;
    sound.srcObject = null;
    sound.remove();
    this.#sounds.delete(id);
  }

  #layOut() {
    const { grid, stage } = this.#elements, count = grid.childElementCount;
    if (!count || !grid.clientWidth) return;
    const width = stage.classList.contains('has-screen')
      ? grid.clientWidth : bestTileWidth(count, grid.clientWidth, grid.clientHeight, GAP);
    grid.style.setProperty('--tile-width', `${width}px`);
    this.#viewsSoon(VIEW_DELAY_MS);
  }

  #viewsSoon(delay) {
    clearTimeout(this.#viewTimer);
    this.#viewTimer = setTimeout(() => this.#reportViews(), delay);
  }

  /** Tells how large each picture is shown, so that no more comes than is seen. */
  #reportViews() {
    for (const { id, sources } of this.#session.peers.values()) {
      for (const [source, tileId] of [['camera', id], ['screen', `${id}/screen`]]) {
        const slot = sources.get(source), element = this.#tiles.get(tileId)?.element;
        if (slot && element) this.#session.setView(slot.mid, ...viewOf(element));
      }
    }
  }
}

/** [width, height] in pixels of the screen; zeros when nothing of it is to be seen. */
function viewOf(element) {
  const { width, height, top, bottom } = element.getBoundingClientRect();
  if (document.hidden || !width || bottom <= 0 || top >= innerHeight) return [0, 0];
  return [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
}

"""###]),
        WebFile(
            path: "/stats.js", contentType: "text/javascript; charset=utf-8", etag: "\"876a4830cb8afba27ded\"",
            content: [###"""
// Connection numbers from RTCPeerConnection.getStats, and rates from the difference between two looks.

/** Looks at a connection again and again; every look gives rates since the one before. */
export class StatsReader {
  #before = new Map();

  /**
   * A summary of `pc`: {connection, sent: […], received: […]}. Rates are kbit/s; times are milliseconds. Values that the
   * browser does not know are undefined.
   */
  async read(pc) {
    const all = new Map();
    (await pc.getStats()).forEach(entry => all.set(entry.id, entry));
    const entries = [...all.values()];
    const summary = {
      connection: this.#connection(pc, entries, all),
      sent: entries.filter(entry => entry.type === 'outbound-rtp').map(entry => this.#sent(entry, all)),
      received: entries.filter(entry => entry.type === 'inbound-rtp').map(entry => this.#received(entry, all)),
    };
    this.#before = all;
    return summary;
  }

  #connection(pc, entries, all) {
    const transport = entries.find(entry => entry.type === 'transport');
    const pair = all.get(transport?.selectedCandidatePairId)
      ?? entries.find(entry => entry.type === 'candidate-pair' && entry.nominated && entry.state === 'succeeded');
    const remote = all.get(pair?.remoteCandidateId);
    return {
      state: pc.connectionState,
      roundTripMs: pair?.currentRoundTripTime === undefined ? undefined : pair.currentRoundTripTime * 1000,
      sendKbps: this.#rate(pair, 'bytesSent'),
      receiveKbps: this.#rate(pair, 'bytesReceived'),
      availableKbps: pair?.availableOutgoingBitrate === undefined ? undefined : pair.availableOutgoingBitrate / 1000,
      remote: remote && `${remote.address ?? remote.ip}:${remote.port} ${remote.protocol}`,
      srtp: transport?.srtpCipher,
      dtls: transport?.dtlsCipher,
    };
  }

  #sent(entry, all) {
    const remote = all.get(entry.remoteId);
    return {
      ...common(entry, all),
      rid: entry.rid,
      active: entry.active,
      kbps: this.#rate(entry, 'bytesSent'),
      packets: entry.packetsSent,
      framesEncoded: entry.framesEncoded,
      nacks: entry.nackCount,
      keyframeRequests: entry.pliCount,
      limitedBy: entry.qualityLimitationReason === 'none' ? undefined : entry.qualityLimitationReason,
      scalabilityMode: entry.scalabilityMode,
      lossPercent: remote?.fractionLost === undefined ? undefined : remote.fractionLost * 100,
    };
  }

  #received(entry, all) {
    return {
      ...common(entry, all),
      kbps: this.#rate(entry, 'bytesReceived'),
      packets: entry.packetsReceived,
      lossPercent: this.#loss(entry),
      packetsLost: entry.packetsLost,
      jitterMs: entry.jitter === undefined ? undefined : entry.jitter * 1000,
      framesDecoded: entry.framesDecoded,
      framesDropped: entry.framesDropped,
      keyframesDecoded: entry.keyFramesDecoded,
      freezes: entry.freezeCount,
      freezeSeconds: entry.totalFreezesDuration,
      audioEnergy: entry.totalAudioEnergy,
      audioLevel: entry.audioLevel,
      concealedSamples: entry.concealedSamples,
      nacks: entry.nackCount,
      keyframeRequests: entry.pliCount,
      retransmitted: entry.retransmittedPacketsReceived,
      fecPackets: entry.fecPacketsReceived,
    };
  }

  #rate(entry, field) {
    const before = entry && this.#before.get(entry.id);
    if (before?.[field] === undefined || entry.timestamp <= before.timestamp) return undefined;
    return Math.max(0, entry[field] - before[field]) * 8 / (entry.timestamp - before.timestamp);
  }

  /** Of the packets since the last look, how many percent are missing. */
  #loss(entry) {
    const before = this.#before.get(entry.id);
    if (!before) return undefined;
    const lost = Math.max(0, entry.packetsLost - before.packetsLost), came = entry.packetsReceived - before.packetsReceived;
    return lost + came > 0 ? 100 * lost / (lost + came) : undefined;
  }
}

function common(entry, all) {
  return {
    kind: entry.kind,
    mid: entry.mid,
    ssrc: entry.ssrc,
    codec: all.get(entry.codecId)?.mimeType.replace(/^\w+\//, ''),
    width: entry.frameWidth,
    height: entry.frameHeight,
    framesPerSecond: entry.framesPerSecond,
  };
}

"""###]),
        WebFile(
            path: "/style.css", contentType: "text/css; charset=utf-8", etag: "\"20a85bd01f277d5f3fe9\"",
            content: [###"""
:root {
  --ground: #f4f5f4; --panel: #ffffff; --panel-2: #e9ecea; --line: #d5dad7; --text: #17201d; --soft: #5b6762;
  --accent: #0f766e; --accent-text: #ffffff; --danger: #b91c1c; --tile: #dde3e0; --speaking: #0d9488; --warn: #92400e;
  --shadow: 0 12px 40px rgb(10 30 25 / 12%);
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101413; --panel: #1a201e; --panel-2: #262e2b; --line: #333d39; --text: #eaf0ed; --soft: #9aa8a2;
    --accent: #2dd4bf; --accent-text: #06231f; --danger: #ef5350; --tile: #232b28; --speaking: #2dd4bf; --warn: #fbbf24;
    --shadow: 0 12px 40px rgb(0 0 0 / 45%);
  }
}

* { box-sizing: border-box; }
[hidden] { display: none !important; }
html, body { height: 100%; margin: 0; }
body { background: var(--ground); color: var(--text); font: 16px/1.45 system-ui, "DejaVu Sans", sans-serif; }
h1, h2, p { margin: 0; }
.symbols { display: none; }
svg { width: 1.35em; height: 1.35em; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.muted { color: var(--soft); }
.grow { flex: 1; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }

/* Buttons and fields */
button { font: inherit; color: inherit; border: 0; border-radius: 10px; cursor: pointer; background: var(--panel-2); padding: .55em .9em; }
button svg { vertical-align: -.3em; }
button:disabled { opacity: .5; cursor: default; }
.primary { background: var(--accent); color: var(--accent-text); font-weight: 600; }
.quiet { background: transparent; display: inline-flex; align-items: center; gap: .4em; color: var(--soft); }
.quiet:hover, .quiet[aria-expanded="true"] { background: var(--panel-2); color: var(--text); }
input:not([type]), input[type="text"] {
  font: inherit; color: inherit; width: 100%; margin-top: .3em; padding: .6em .75em;
  background: var(--ground); border: 1px solid var(--line); border-radius: 10px;
}

/* Lobby */
.lobby { min-height: 100%; display: grid; place-items: center; padding: 1rem; }
.card { width: min(26rem, 100%); display: grid; gap: 1.1rem; padding: 2rem; background: var(--panel); border-radius: 20px; box-shadow: var(--shadow); }
.card h1 { display: flex; align-items: center; gap: .5rem; font-size: 1.7rem; letter-spacing: -.01em; }
.card > .muted { margin-top: -.8rem; }
.card label { font-weight: 600; font-size: .95rem; }
.card input { font-weight: 400; }
.card .primary { padding: .75em; font-size: 1.05rem; }
.choices { display: flex; gap: .6rem; margin: 0; padding: 0; border: 0; }
.choices legend { padding: 0 0 .35em; font-weight: 600; font-size: .95rem; }
.choices label { flex: 1; display: flex; align-items: center; gap: .45em; padding: .6em .7em; border: 1px solid var(--line); border-radius: 10px; cursor: pointer; font-weight: 500; }
.choices label:has(:checked) { border-color: var(--accent); background: color-mix(in srgb, var(--accent) 12%, transparent); }
.choices input { accent-color: var(--accent); margin: 0; }
.message { color: var(--danger); }

/* Meeting */
.meeting { height: 100vh; height: 100dvh; display: grid; grid-template-rows: auto 1fr auto; overflow: hidden; }
.bar { display: flex; align-items: center; gap: .8rem; padding: .6rem 1rem; }
.bar h2 { font-size: 1.1rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bar .muted { white-space: nowrap; font-size: .92rem; }
.pill { font-size: .85rem; padding: .15em .7em; border-radius: 99px; background: var(--panel-2); color: var(--soft); white-space: nowrap; }
.pill[data-level="good"] { color: var(--accent); background: color-mix(in srgb, var(--accent) 14%, transparent); }
.pill[data-level="warn"] { color: var(--warn); background: color-mix(in srgb, var(--warn) 16%, transparent); }

.stage { min-height: 0; display: flex; gap: .75rem; padding: 0 1rem; }
.grid { flex: 1; min-width: 0; display: flex; flex-wrap: wrap; gap: .75rem; place-content: center; overflow-y: auto; }
.screens { display: none; flex: 1; min-width: 0; gap: .75rem; flex-direction: column; }
.stage.has-screen .screens { display: flex; }
.stage.has-screen .grid { flex: 0 0 clamp(140px, 20vw, 260px); align-content: flex-start; }
@media (max-width: 700px) {
  .stage.has-screen { flex-direction: column; }
  .stage.has-screen .grid { flex: 0 0 26%; }
  .quiet span { display: none; }
}

.tile { position: relative; overflow: hidden; width: var(--tile-width, 100%); aspect-ratio: 16 / 9; background: var(--tile); border-radius: 14px; }
.tile::after { content: ""; position: absolute; inset: 0; border-radius: inherit; pointer-events: none; border: 3px solid transparent; transition: border-color .15s; }
.tile.speaking::after { border-color: var(--speaking); }
.tile video { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; opacity: 0; transition: opacity .2s; background: var(--tile); }
.tile.has-picture video { opacity: 1; }
.tile.self video { transform: scaleX(-1); }
.tile.screen { flex: 1; min-height: 0; width: auto; aspect-ratio: auto; background: #000; }
.tile.screen video, .tile.own-screen video { object-fit: contain; background: #000; }
.tile.is-held video { opacity: 0; }
.held { position: absolute; left: .5rem; right: .5rem; top: .5rem; padding: .15em .6em; border-radius: 8px; background: rgb(0 0 0 / 60%); color: #fff; font-size: .82rem; text-align: center; }
.avatar { position: absolute; inset: 0 0 8%; display: grid; place-items: center; }
.avatar span { display: grid; place-items: center; height: min(42%, 7rem); aspect-ratio: 1; border-radius: 50%; color: #fff; font-weight: 600; font-size: clamp(.9rem, 2.4vw, 2.2rem); background: hsl(var(--hue, 170) 35% 42%); }
.nameplate { position: absolute; left: .5rem; bottom: .5rem; max-width: calc(100% - 1rem); display: flex; align-items: center; gap: .35em; padding: .15em .6em; border-radius: 8px; background: rgb(0 0 0 / 60%); color: #fff; font-size: .88rem; }
.nameplate span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.nameplate svg { flex: none; color: #fca5a5; }

.controls { display: flex; justify-content: center; gap: .6rem; padding: .75rem 1rem max(.75rem, env(safe-area-inset-bottom)); }
.controls button { min-width: 6rem; display: grid; justify-items: center; gap: .15rem; padding: .55rem .8rem; border-radius: 14px; font-size: .85rem; }
.controls button svg { width: 1.6rem; height: 1.6rem; }
.controls button:hover:not(:disabled) { filter: brightness(1.08); }
.controls button[data-state="off"] { background: color-mix(in srgb, var(--danger) 16%, var(--panel-2)); color: var(--danger); }
.controls button[data-state="active"] { background: var(--accent); color: var(--accent-text); }
.controls .danger { background: var(--danger); color: #fff; }
@media (max-width: 480px) { .controls button { min-width: 0; flex: 1; } }

.sound { position: fixed; left: 50%; bottom: 6.5rem; transform: translateX(-50%); box-shadow: var(--shadow); padding: .8em 1.3em; z-index: 3; }

.numbers { position: fixed; right: 1rem; top: 3.6rem; z-index: 2; max-width: calc(100vw - 2rem); max-height: 70vh; overflow: auto; padding: 1rem; background: color-mix(in srgb, var(--panel) 94%, transparent); border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); font-size: .82rem; }
.numbers h3 { margin: .9rem 0 .3rem; font-size: .85rem; }
.numbers h3:first-child { margin-top: 0; }
.numbers table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.numbers th { text-align: left; font-weight: 500; color: var(--soft); }
.numbers th, .numbers td { padding: .15rem .7rem .15rem 0; white-space: nowrap; }

.notices { position: fixed; left: 50%; top: 1rem; transform: translateX(-50%); z-index: 4; display: grid; gap: .5rem; width: min(28rem, calc(100vw - 2rem)); pointer-events: none; }
.notices p { padding: .6em 1em; border-radius: 10px; background: var(--text); color: var(--ground); box-shadow: var(--shadow); text-align: center; }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }

"""###]),
        WebFile(
            path: "/tiles.js", contentType: "text/javascript; charset=utf-8", etag: "\"d343788edc316390d16e\"",
            content: [###"""
// What a person looks like on the stage: a picture or initials, a name, a muted mark, a ring when speaking.

/** One rectangle of the stage. `kind` is "person", "self", "screen" (shown large) or "own-screen". */
export class Tile {
  constructor(kind) {
    this.kind = kind;
    this.track = null;
    this.video = null;
    this.element = document.createElement('article');
    this.element.className = `tile ${kind}`;
    this.avatar = this.element.appendChild(div('avatar'));
    this.avatar.append(document.createElement('span'));
    this.nameplate = this.element.appendChild(div('nameplate'));
    this.mutedMark = this.nameplate.appendChild(icon('microphone-off'));
    this.label = this.nameplate.appendChild(document.createElement('span'));
    this.heldMark = this.element.appendChild(div('held'));
    this.heldMark.hidden = true;
  }

  /** Shows what is: `track` is a video track or null; `isMuted` says that no sound comes, `held` why no picture does. */
  update({ name, track = null, isMuted = false, isSpeaking = false, held = '' }) {
    this.#setName(name);
    this.mutedMark.toggleAttribute('hidden', !isMuted);
    this.element.classList.toggle('speaking', isSpeaking);
    const state = [isMuted && 'muted', isSpeaking && 'speaking'].filter(Boolean).join(', ');
    this.element.setAttribute('aria-label', state ? `${name} (${state})` : name);
    if (track !== this.track) this.#setTrack(track);
    this.heldMark.textContent = HELD_TEXTS[held] ?? '';
    this.heldMark.hidden = !this.heldMark.textContent;
    this.element.classList.toggle('is-held', !this.heldMark.hidden);
  }

  remove() {
    this.#setTrack(null);
    this.element.remove();
  }

  #setName(name) {
    if (this.label.textContent === name) return;
    this.label.textContent = name;
    this.avatar.firstChild.textContent = initials(name);
    this.element.style.setProperty('--hue', hue(name));
  }

  // A new element for every track: an old one would show the last picture of whoever was there before.
  #setTrack(track) {
    this.track = track;
    if (this.video) this.video.srcObject = null;
    this.video?.remove();
    this.video = null;
    this.element.classList.remove('has-picture');
    if (!track) return;
    const video = document.createElement('video');
    Object.assign(video, { muted: true, autoplay: true, playsInline: true });
    video.onloadeddata = () => this.element.classList.add('has-picture');
    video.srcObject = new MediaStream([track]);
    this.video = this.element.insertBefore(video, this.nameplate);
    video.play().catch(() => {});
  }
}

/** Width of a 16:9 tile so that `count` of them fill a box best, in CSS pixels. */
export function bestTileWidth(count, width, height, gap) {
  let best = 0;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const byWidth = (width - gap * (columns - 1)) / columns;
    const byHeight = (height - gap * (rows - 1)) / rows * 16 / 9;
    best = Math.max(best, Math.min(byWidth, byHeight));
  }
  return Math.max(140, Math.floor(best));
}

/** What a tile says instead of a picture that the server holds back. */
const HELD_TEXTS = { bandwidth: 'No picture: the connection is too slow', unknown: 'No picture' };

function div(className) {
  const element = document.createElement('div');
  element.className = className;
  return element;
}

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

function initials(name) {
  const words = withoutRemark(name).split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)].map(first) : [first(words[0] ?? '?')];
  return letters.join('').toLocaleUpperCase();
}

const first = word => [...word][0];
const withoutRemark = name => name.replace(/\(.*\)/, '').trim();
const hue = name => String([...withoutRemark(name)].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7));

"""###]),
        WebFile(
            path: "/sdk/call-sdk.cjs", contentType: "text/javascript; charset=utf-8", etag: "\"7c41bfe6f8f8e7ec510a\"",
            content: [###"""
// Made of the modules in Sources/Sdk by tools/bundle-sdk.
'use strict';

"""###,
sdk,
###"""

module.exports = { CallError, CallEvent, CallSDK, ConnectionState, ErrorCode, init, parts };

"""###]),
        WebFile(
            path: "/sdk/call-sdk.d.ts", contentType: "text/plain; charset=utf-8", etag: "\"e21e637c7bfc7a44734c\"",
            content: [###"""
// CallSDK: calls and chat in a page, without a framework and without looks of its own.

/** Why something was refused or is over. */
export declare const ErrorCode: Readonly<{
  /** A value is missing, too long or out of its range. */
  INVALID_MESSAGE: 'INVALID_MESSAGE';
  INVALID_TOKEN: 'INVALID_TOKEN';
  TOKEN_EXPIRED: 'TOKEN_EXPIRED';
  ROOM_FULL: 'ROOM_FULL';
  NOT_IN_ROOM: 'NOT_IN_ROOM';
  ALREADY_IN_ROOM: 'ALREADY_IN_ROOM';
  /** The token's role does not allow it. */
  NOT_ALLOWED: 'NOT_ALLOWED';
  RATE_LIMITED: 'RATE_LIMITED';
  INTERNAL: 'INTERNAL';
  /** There is no such message. */
  NOT_FOUND: 'NOT_FOUND';
  /** You left. */
  LEFT: 'LEFT';
  /** The server goes down; the SDK comes back by itself. */
  DRAINING: 'DRAINING';
  /** The same user joined from the same device once more. */
  REPLACED: 'REPLACED';
  /** Somebody put you out. */
  REMOVED: 'REMOVED';
  TIMEOUT: 'TIMEOUT';
  /** The room has gone to another server; the SDK follows it. */
  MOVED: 'MOVED';
  /** Several servers, and they cannot say now which has the room. */
  UNAVAILABLE: 'UNAVAILABLE';
  /** The server could not be reached when joining. */
  UNREACHABLE: 'UNREACHABLE';
  /** There is no media connection for what was asked. */
  MEDIA_FAILED: 'MEDIA_FAILED';
}>;
export type ErrorCode = keyof typeof ErrorCode;

/** What rejected promises and thrown errors are. */
export declare class CallError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string);
}

export declare const ConnectionState: Readonly<{
  idle: 'idle';
  connecting: 'connecting';
  connected: 'connected';
  /** Lost for the moment; the SDK tries until it is back or refused. */
  reconnecting: 'reconnecting';
  ended: 'ended';
}>;
export type ConnectionState = keyof typeof ConnectionState;

export type Source = 'microphone' | 'camera' | 'screen';

export interface User {
  /** One stay of one device in the room. */
  readonly peerId: string;
  /** From the token; the same on all devices of a person. */
  readonly userId: string;
  /** From the token. */
  readonly name: string;
}

export interface Self extends User {
  readonly room: string;
  readonly mayPublish: boolean;
}

export interface RemoteTrack extends User {
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  /** One track: give it to an <audio> or <video> element. */
  readonly stream: MediaStream;
  readonly muted: boolean;
  /** Why nothing comes at present, or "". */
  readonly held: '' | 'bandwidth' | 'notShown' | 'unknown';
}

export interface Reaction {
  readonly reaction: string;
  readonly userIds: readonly string[];
}

export interface Message {
  readonly id: string;
  /** Its place in its conversation; higher is later. */
  readonly number: number;
  /** Empty when it was deleted. */
  readonly text: string;
  /** The userId that it is for; null for all of the room. */
  readonly to: string | null;
  readonly from: { readonly userId: string; readonly name: string };
  readonly own: boolean;
  readonly sent: Date | null;
  readonly edited: Date | null;
  readonly deleted: Date | null;
  readonly reactions: readonly Reaction[];
}

export interface ChatEvent {
  readonly kind: 'new' | 'changed' | 'deleted';
  /** It was written or changed while this device was away. */
  readonly pending: boolean;
  readonly message: Message;
}

export interface ReadMark {
  readonly userId: string;
  /** Everything up to this number is read. */
  readonly number: number;
  /** Of the conversation between the two, and not of the room's. */
  readonly toMe: boolean;
}

export interface HistoryPage {
  /** Oldest first. */
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
  readonly unread: number;
  readonly marks: readonly ReadMark[];
}

export interface CallEvents {
  'user-joined': User;
  'user-left': User;
  'track-added': RemoteTrack;
  'track-removed': RemoteTrack;
  /** `muted` or `held` is another one; the same object as in track-added. */
  'track-changed': RemoteTrack;
  /** `code` says why when the state is "ended", and is null otherwise. */
  'connection-state': { readonly state: ConnectionState; readonly code: ErrorCode | null };
  /** `peerId` is null when nobody speaks; `user` is null then and when it is `self`. */
  'active-speaker': { readonly peerId: string | null; readonly self: boolean; readonly user: User | null };
  /** Also for own messages, and for those that come late: each change once, in order. */
  'message': ChatEvent;
  'typing': { readonly userId: string; readonly name: string; readonly on: boolean; readonly toMe: boolean };
  'read': ReadMark;
  /** After joining and after each return, when all that was missed has been told. */
  'unread': { readonly count: number };
  /** `from` is a peerId, or null for what was sent to everybody. */
  'data': { readonly data: string | ArrayBuffer; readonly label: string; readonly from: string | null };
  /** What goes wrong after `join` has resolved. A fatal one ends the call. */
  'error': { readonly code: ErrorCode; readonly message: string; readonly fatal: boolean };
}

export declare const CallEvent: Readonly<{
  userJoined: 'user-joined'; userLeft: 'user-left'; trackAdded: 'track-added'; trackRemoved: 'track-removed';
  trackChanged: 'track-changed'; connectionState: 'connection-state'; activeSpeaker: 'active-speaker'; message: 'message';
  typing: 'typing'; read: 'read'; unread: 'unread'; data: 'data'; error: 'error';
}>;

export interface InitOptions {
  /** The application that tokens are for; a token for another one is refused. */
  appId?: string;
  /** The server's address: http(s) or ws(s). A list for several hosts of a cluster; one is enough, it names the others. */
  url: string | string[];
  /** For rooms of two without the server. */
  iceServers?: RTCIceServer[];
}

export interface JoinOptions {
  /** The room that the token is for; a token for another one is refused. */
  roomId?: string;
  /** From your backend. A function is asked again when the first token is too old after a loss. */
  token: string | ((renew: boolean) => string | Promise<string>);
  /** Published as microphone and camera. Its tracks stay yours: stop them when you like. */
  stream?: MediaStream | null;
  /** Whether `sendData` is to work. */
  data?: boolean;
  /** Names the device for the chat; the browser's own by default. */
  deviceId?: string;
  /** At most so many voices and pictures of others at once. */
  audioSlots?: number;
  videoSlots?: number;
}

export declare class CallSDK {
  constructor(options: InitOptions);
  readonly state: ConnectionState;
  readonly self: Self | null;
  readonly users: readonly User[];
  readonly tracks: readonly RemoteTrack[];

  /** Returns a function that takes the handler off again. */
  on<Name extends keyof CallEvents>(event: Name, handler: (detail: CallEvents[Name]) => void): () => void;
  off<Name extends keyof CallEvents>(event: Name, handler: (detail: CallEvents[Name]) => void): void;

  /** Resolves when the server has let you in; rejects with a CallError when it does not. */
  join(options: JoinOptions): Promise<Self>;
  leave(): Promise<void>;

  publish(source: Source, track: MediaStreamTrack, options?: { muted?: boolean }): Promise<void>;
  unpublish(source: Source): Promise<void>;
  mute(source: Source, muted?: boolean): void;
  subscribe(peerId: string, source: Source, on?: boolean): void;
  pin(peerId: string, source: Source, on?: boolean): void;
  setView(peerId: string, source: Source, width: number, height: number): void;

  /** To all of the room, or to the user `to`. Resolves with the message as it is stored; written once, whatever happens. */
  send(text: string, options?: { to?: string }): Promise<Message>;
  edit(messageId: string, text: string): Promise<Message>;
  remove(messageId: string): Promise<Message>;
  react(messageId: string, reaction: string, on?: boolean): Promise<Message>;
  /** Of the room, or `with` one user. */
  history(options?: { before?: number; limit?: number; with?: string }): Promise<HistoryPage>;
  typing(on?: boolean, options?: { to?: string }): void;
  read(number: number, options?: { with?: string }): void;

  /** Up to 65536 bytes, to everybody or to the peer `to`; never stored. */
  sendData(
    data: string | ArrayBuffer | ArrayBufferView, options?: { to?: string; label?: string; reliable?: boolean },
  ): void;
}

/** The same as `new CallSDK(options)`. */
export declare function init(options: InitOptions): CallSDK;

"""###]),
        WebFile(
            path: "/sdk/call-sdk.js", contentType: "text/javascript; charset=utf-8", etag: "\"cb1cdda3517598e26715\"",
            content: [###"""
// Made of the modules in Sources/Sdk by tools/bundle-sdk.

"""###,
sdk,
###"""

export { CallError, CallEvent, CallSDK, ConnectionState, ErrorCode, init, parts };

"""###]),
    ]

    private static let sdk: StaticString = ###"""

// --- protobuf.js

// A small protobuf codec for the messages of Sources/Protocol/protos/signaling.proto.
//
// Messages are plain objects. Decoding fills in proto3 defaults, so a reader never meets `undefined` in a scalar field.
// A oneof is a field of its own: `decode` adds `body`, the name of the member that was set, or null. Values of 64 bits
// are numbers: all of them are counters or milliseconds, well below 2^53.

const VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5;

const Source = Object.freeze({ microphone: 1, camera: 2, screen: 3 });
const sourceName = number => ['', 'microphone', 'camera', 'screen'][number] || 'unknown';

const ERRORS = ['UNSPECIFIED', 'INVALID_MESSAGE', 'INVALID_TOKEN', 'TOKEN_EXPIRED', 'ROOM_FULL', 'NOT_IN_ROOM',
  'ALREADY_IN_ROOM', 'NOT_ALLOWED', 'RATE_LIMITED', 'INTERNAL', 'NOT_FOUND'];
const errorName = number => ERRORS[number] || `ERROR_${number}`;

const REASONS = ['UNSPECIFIED', 'LEFT', 'DRAINING', 'REPLACED', 'REMOVED', 'TIMEOUT', 'INTERNAL', 'MOVED', 'UNAVAILABLE'];
const reasonName = number => REASONS[number] || `REASON_${number}`;

/** The number of ROOM_MODE_P2P. */
const MODE_P2P = 2;

const HELD = ['', 'bandwidth', 'notShown'];
/** Why a slot gets nothing: "" when it does. */
const heldReason = number => HELD[number] ?? 'unknown';

// number: [name, type, list?]. A type that is not a scalar is the name of a message.
const SCHEMA = {
  Empty: {},
  Join: {
    1: ['token', 'string'], 2: ['audioSlots', 'uint'], 3: ['videoSlots', 'uint'], 4: ['dataChannels', 'bool'],
    5: ['resume', 'string'], 6: ['resumeToken', 'string'], 7: ['deviceId', 'string'], 8: ['roomId', 'string'],
    9: ['appId', 'string'],
  },
  Answer: { 1: ['version', 'uint'], 2: ['sdp', 'string'] },
  Publish: { 1: ['source', 'uint'], 2: ['on', 'bool'], 3: ['muted', 'bool'] },
  SetMuted: { 1: ['source', 'uint'], 2: ['muted', 'bool'] },
  SelectLayer: { 1: ['mid', 'string'], 2: ['maxSpatial', 'uint'], 3: ['paused', 'bool'] },
  SetView: { 1: ['mid', 'string'], 2: ['width', 'uint'], 3: ['height', 'uint'], 4: ['pinned', 'bool'] },
  Pin: { 1: ['peerId', 'string'], 2: ['source', 'uint'], 3: ['on', 'bool'] },
  Subscribe: { 1: ['peerId', 'string'], 2: ['source', 'uint'], 3: ['on', 'bool'] },
  Ice: {
    1: ['candidate', 'string'], 2: ['sdpMid', 'string'], 3: ['sdpMLineIndex', 'uint'], 4: ['usernameFragment', 'string'],
  },
  ChatSend: { 1: ['text', 'string'], 2: ['toUserId', 'string'], 3: ['clientId', 'string'] },
  ChatEdit: { 1: ['messageId', 'string'], 2: ['text', 'string'] },
  ChatDelete: { 1: ['messageId', 'string'] },
  ChatReact: { 1: ['messageId', 'string'], 2: ['reaction', 'string'], 3: ['on', 'bool'] },
  ChatTyping: { 1: ['on', 'bool'], 2: ['toUserId', 'string'] },
  ChatRead: { 1: ['number', 'uint'], 2: ['userId', 'string'] },
  ChatHistory: { 1: ['before', 'uint'], 2: ['limit', 'uint'], 3: ['userId', 'string'] },
  ChatAcknowledge: { 1: ['change', 'uint'], 2: ['userId', 'string'] },
  Ping: { 1: ['clientTimeMs', 'uint'] },
  Member: { 1: ['peerId', 'string'], 2: ['name', 'string'], 3: ['userId', 'string'] },
  Joined: {
    1: ['peerId', 'string'], 2: ['room', 'string'], 3: ['name', 'string'], 4: ['serverTimeMs', 'uint'],
    5: ['heartbeatSeconds', 'uint'], 6: ['members', 'Member', true], 7: ['mayPublish', 'bool'],
    8: ['resumed', 'bool'], 9: ['resumeToken', 'string'], 10: ['resumeSeconds', 'uint'], 11: ['mode', 'uint'],
    12: ['userId', 'string'], 13: ['hosts', 'string', true],
  },
  Offer: { 1: ['version', 'uint'], 2: ['sdp', 'string'] },
  Track: { 1: ['mid', 'string'], 2: ['peerId', 'string'], 3: ['source', 'uint'], 4: ['muted', 'bool'] },
  Tracks: { 1: ['tracks', 'Track', true] },
  PeerJoined: { 1: ['member', 'Member'] },
  PeerLeft: { 1: ['peerId', 'string'] },
  TrackChanged: { 1: ['peerId', 'string'], 2: ['source', 'uint'], 3: ['muted', 'bool'] },
  ActiveSpeaker: { 1: ['peerId', 'string'] },
  Held: { 1: ['mid', 'string'], 2: ['reason', 'uint'] },
  Pong: { 1: ['clientTimeMs', 'uint'], 2: ['serverTimeMs', 'uint'] },
  LayerStats: { 1: ['packets', 'uint'], 2: ['bytes', 'uint'], 3: ['packetsLost', 'uint'], 4: ['bitsPerSecond', 'uint'] },
  Layers: { 1: ['simulcast', 'uint'], 2: ['spatial', 'uint'], 3: ['temporal', 'uint'] },
  ProducerStats: {
    1: ['source', 'uint'], 2: ['layers', 'LayerStats', true], 3: ['nacksSent', 'uint'],
    4: ['keyframesRequested', 'uint'],
  },
  ConsumerStats: {
    1: ['mid', 'string'], 2: ['packets', 'uint'], 3: ['bytes', 'uint'], 4: ['retransmitted', 'uint'],
    5: ['nacksReceived', 'uint'], 6: ['layer', 'uint'], 7: ['fractionLost', 'float'],
    8: ['sent', 'Layers'], 9: ['wanted', 'Layers'], 10: ['held', 'uint'],
  },
  Stats: {
    1: ['packetsReceived', 'uint'], 2: ['bytesReceived', 'uint'], 3: ['packetsSent', 'uint'], 4: ['bytesSent', 'uint'],
    5: ['roundTripUs', 'uint'], 6: ['srtpProfile', 'string'], 7: ['producers', 'ProducerStats', true],
    8: ['consumers', 'ConsumerStats', true], 9: ['estimateBps', 'uint'], 10: ['allocatedBps', 'uint'],
    11: ['paceBps', 'uint'],
  },
  Refusal: { 1: ['code', 'uint'], 2: ['message', 'string'], 3: ['requestId', 'uint'] },
  Closing: { 1: ['reason', 'uint'], 2: ['retryAfterMs', 'uint'], 3: ['url', 'string'] },
  ChatMessage: {
    1: ['messageId', 'string'], 2: ['number', 'uint'], 3: ['change', 'uint'], 4: ['fromUserId', 'string'],
    5: ['fromName', 'string'], 6: ['toUserId', 'string'], 7: ['text', 'string'], 8: ['sentMs', 'uint'],
    9: ['editedMs', 'uint'], 10: ['deletedMs', 'uint'], 11: ['reactions', 'ChatReaction', true],
    12: ['clientId', 'string'],
  },
  ChatReaction: { 1: ['reaction', 'string'], 2: ['userIds', 'string', true] },
  ChatPage: {
    1: ['messages', 'ChatMessage', true], 2: ['hasMore', 'bool'], 3: ['pending', 'bool'], 4: ['unread', 'uint'],
    5: ['marks', 'ChatMark', true], 6: ['userId', 'string'], 7: ['last', 'bool'],
  },
  ChatIsTyping: { 1: ['userId', 'string'], 2: ['name', 'string'], 3: ['on', 'bool'], 4: ['toMe', 'bool'] },
  ChatMark: { 1: ['userId', 'string'], 2: ['number', 'uint'], 3: ['toMe', 'bool'] },
  ClientMessage: {
    1: ['requestId', 'uint'], 2: ['join', 'Join'], 3: ['answer', 'Answer'], 4: ['publish', 'Publish'],
    5: ['setMuted', 'SetMuted'], 6: ['selectLayer', 'SelectLayer'], 7: ['iceRestart', 'Empty'],
    8: ['statsRequest', 'Empty'], 9: ['ping', 'Ping'], 10: ['leave', 'Empty'], 11: ['setView', 'SetView'],
    13: ['pin', 'Pin'], 14: ['offer', 'Offer'], 15: ['ice', 'Ice'], 16: ['subscribe', 'Subscribe'],
    20: ['chatSend', 'ChatSend'], 21: ['chatEdit', 'ChatEdit'], 22: ['chatDelete', 'ChatDelete'],
    23: ['chatReact', 'ChatReact'], 24: ['chatTyping', 'ChatTyping'], 25: ['chatRead', 'ChatRead'],
    26: ['chatHistory', 'ChatHistory'], 27: ['chatAcknowledge', 'ChatAcknowledge'],
  },
  ServerMessage: {
    1: ['requestId', 'uint'], 2: ['joined', 'Joined'], 3: ['offer', 'Offer'], 4: ['tracks', 'Tracks'],
    5: ['peerJoined', 'PeerJoined'], 6: ['peerLeft', 'PeerLeft'], 7: ['trackChanged', 'TrackChanged'],
    8: ['activeSpeaker', 'ActiveSpeaker'], 9: ['pong', 'Pong'], 10: ['stats', 'Stats'], 11: ['refusal', 'Refusal'],
    12: ['closing', 'Closing'], 13: ['held', 'Held'], 14: ['answer', 'Answer'], 15: ['ice', 'Ice'],
    16: ['iceRestart', 'Empty'], 20: ['chatMessage', 'ChatMessage'], 21: ['chatPage', 'ChatPage'],
    22: ['chatIsTyping', 'ChatIsTyping'], 23: ['chatMark', 'ChatMark'],
  },
};

const DEFAULTS = { uint: 0, bool: false, string: '', float: 0 };
const WIRE_TYPES = { uint: VARINT, bool: VARINT, string: BYTES, float: FIXED32 };
const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder();

/** Bytes of `value` as the message called `type`. */
function encode(type, value) {
  const out = [];
  writeMessage(out, SCHEMA[type], value);
  return Uint8Array.from(out);
}

/** The object in `bytes`, a Uint8Array. Throws a RangeError when the bytes are cut off or malformed. */
function decode(type, bytes) {
  return readMessage(new Reader(bytes), type);
}

function writeMessage(out, fields, value) {
  for (const [number, [name, type, list]] of Object.entries(fields)) {
    const field = value[name];
    if (field === undefined || field === null) continue;
    for (const item of list ? field : [field]) {
      // proto3: a scalar that has its default value is not written; a message that is set always is.
      if (item === DEFAULTS[type] && !list) continue;
      writeVarint(out, Number(number) * 8 + (WIRE_TYPES[type] ?? BYTES));
      writeValue(out, type, item);
    }
  }
}

function writeValue(out, type, item) {
  switch (type) {
    case 'uint': return writeVarint(out, item);
    case 'bool': return writeVarint(out, item ? 1 : 0);
    case 'string': return writeBytes(out, utf8Encoder.encode(item));
    case 'float': return out.push(...new Uint8Array(new Float32Array([item]).buffer));
    default: {
      const inner = [];
      writeMessage(inner, SCHEMA[type], item);
      writeBytes(out, inner);
    }
  }
}

function writeBytes(out, bytes) {
  writeVarint(out, bytes.length);
  for (const byte of bytes) out.push(byte);
}

// Division, not shifts: the operators of the language cut numbers to 32 bits.
function writeVarint(out, number) {
  if (!(number >= 0 && Number.isSafeInteger(number))) throw new RangeError(`not an unsigned integer: ${number}`);
  while (number > 127) {
    out.push((number % 128) | 128);
    number = Math.floor(number / 128);
  }
  out.push(number);
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.offset = 0;
  }

  get atEnd() { return this.offset >= this.bytes.length; }

  take(count) {
    if (count > this.bytes.length - this.offset) throw new RangeError('message is cut off');
    this.offset += count;
    return this.bytes.subarray(this.offset - count, this.offset);
  }

  varint() {
    let value = 0, scale = 1;
    for (let count = 0; count < 10; count += 1) {
      const byte = this.take(1)[0];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new RangeError('varint is too long');
  }

  skip(wireType) {
    switch (wireType) {
      case VARINT: this.varint(); break;
      case FIXED64: this.take(8); break;
      case BYTES: this.take(this.varint()); break;
      case FIXED32: this.take(4); break;
      default: throw new RangeError(`wire type ${wireType}`);
    }
  }
}

function emptyMessage(fields) {
  const message = {};
  for (const [name, type, list] of Object.values(fields)) message[name] = list ? [] : DEFAULTS[type] ?? null;
  return message;
}

function readMessage(reader, type) {
  const fields = SCHEMA[type], message = emptyMessage(fields);
  if (type === 'ClientMessage' || type === 'ServerMessage') message.body = null;
  while (!reader.atEnd) {
    const tag = reader.varint(), wireType = tag % 8, field = fields[Math.floor(tag / 8)];
    if (!field || wireType !== (WIRE_TYPES[field[1]] ?? BYTES)) {
      reader.skip(wireType);
      continue;
    }
    const [name, fieldType, list] = field, value = readValue(reader, fieldType);
    if (list) message[name].push(value);
    else message[name] = value;
    if ('body' in message && !(fieldType in DEFAULTS)) message.body = name;
  }
  return message;
}

function readValue(reader, type) {
  switch (type) {
    case 'uint': return reader.varint();
    case 'bool': return reader.varint() !== 0;
    case 'string': return utf8Decoder.decode(reader.take(reader.varint()));
    case 'float': {
      const bytes = reader.take(4);
      return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
    }
    default: return readMessage(new Reader(reader.take(reader.varint())), type);
  }
}

// --- signaling.js

// One WebSocket with the server: messages out, messages in as events, heartbeats. It does not reconnect by itself: its owner
// opens another one and comes back to the session (see session.js).


const CONNECT_TIMEOUT_MS = 10_000;
const MISSED_HEARTBEATS_MAX = 3;

/**
 * Events: "message" (detail: a decoded ServerMessage, `detail.body` names the member that is set) and "closed" (detail:
 * {code, reason}), which comes exactly once.
 */
class Signaling extends EventTarget {
  #socket;
  #heartbeat = null;
  #heardAt = 0;
  #requests = new Map();
  #lastRequest = 0;
  #isClosed = false;
  /** Round trip of the last Ping in milliseconds, or null. */
  roundTripMs = null;

  /** Opens a socket to `url` (ws: or wss:). Resolves when it is open. */
  static async open(url, timeoutMs = CONNECT_TIMEOUT_MS) {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => { socket.close(); reject(new Error('no answer from the server')); }, timeoutMs);
      socket.onopen = () => { clearTimeout(timer); resolve(); };
      socket.onclose = socket.onerror = () => { clearTimeout(timer); reject(new Error('the server cannot be reached')); };
    });
    return new Signaling(socket);
  }

  constructor(socket) {
    super();
    this.#socket = socket;
    socket.onerror = null;
    socket.onmessage = event => this.#receive(event.data);
    socket.onclose = event => this.#finish(event.code, event.reason);
  }

  /** Sends `{member: {…}}` of ClientMessage. What cannot be sent any more is dropped; "closed" tells why. */
  send(body) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(encode('ClientMessage', body));
  }

  /** Sends and waits for the answer. Rejects with a `Refused` when it is a Refusal, with an Error when time is up. */
  request(body, timeoutMs = 10_000) {
    const requestId = this.#lastRequest += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#requests.delete(requestId);
        reject(new Error('the server did not answer'));
      }, timeoutMs);
      this.#requests.set(requestId, { resolve, reject, timer });
      this.send({ requestId, ...body });
    });
  }

  /** Whether the server answers a Ping within so many milliseconds. */
  answers(timeoutMs) {
    return this.request({ ping: { clientTimeMs: Date.now() } }, timeoutMs).then(() => true, () => false);
  }

  /** Sends a Ping every `seconds` and gives the session up after three without a word from the server. */
  startHeartbeat(seconds) {
    const period = Math.max(1, seconds) * 1000;
    clearInterval(this.#heartbeat);
    this.#heardAt = performance.now();
    this.#heartbeat = setInterval(() => this.#beat(period), period);
  }

  /** Without a status: the server takes 1000 for a farewell, after which nobody can come back to the session. */
  close() {
    this.#socket.close();
    // A peer that is gone does not answer the closing handshake; nobody shall wait for it.
    this.#finish(1000, '');
  }

  #beat(period) {
    if (performance.now() - this.#heardAt > MISSED_HEARTBEATS_MAX * period) {
      this.#socket.close();
      this.#finish(4000, 'the server fell silent');
      return;
    }
    this.send({ ping: { clientTimeMs: Date.now() } });
  }

  #receive(data) {
    if (this.#isClosed) return;
    this.#heardAt = performance.now();
    let message;
    try {
      message = decode('ServerMessage', new Uint8Array(data));
    } catch (error) {
      console.error('a message from the server cannot be read:', error);
      return;
    }
    if (message.body === 'pong') this.roundTripMs = Date.now() - message.pong.clientTimeMs;
    if (this.#settle(message)) return;
    this.dispatchEvent(new CustomEvent('message', { detail: message }));
  }

  /** Hands an answer to its request; false when nobody waits for it. */
  #settle(message) {
    const id = message.requestId || message.refusal?.requestId, waiting = this.#requests.get(id);
    if (!waiting) return false;
    this.#requests.delete(id);
    clearTimeout(waiting.timer);
    if (message.refusal) waiting.reject(new Refused(message.refusal));
    else waiting.resolve(message);
    return true;
  }

  #finish(code, reason) {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    for (const { reject, timer } of this.#requests.values()) {
      clearTimeout(timer);
      reject(new Error('the connection was closed'));
    }
    this.#requests.clear();
    this.dispatchEvent(new CustomEvent('closed', { detail: { code, reason } }));
  }
}

/** The server said no. `code` is a number of ErrorCode. */
class Refused extends Error {
  constructor(refusal) {
    super(refusal.message || 'refused');
    this.code = refusal.code;
  }
}

// --- endings.js

// Why something was refused or is over, as errors with a code.


/** What `CallError.code` may be. */
const ErrorCode = Object.freeze(Object.fromEntries([
  // The server refused a request.
  'INVALID_MESSAGE', 'INVALID_TOKEN', 'TOKEN_EXPIRED', 'ROOM_FULL', 'NOT_IN_ROOM', 'ALREADY_IN_ROOM', 'NOT_ALLOWED',
  'RATE_LIMITED', 'INTERNAL', 'NOT_FOUND',
  // The stay in the room is over.
  'LEFT', 'DRAINING', 'REPLACED', 'REMOVED', 'TIMEOUT', 'MOVED', 'UNAVAILABLE',
  // Found on this side.
  'UNREACHABLE', 'MEDIA_FAILED',
].map(code => [code, code])));

/** An error with a `code` of ErrorCode; `message` is for people. */
class CallError extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'CallError';
    this.code = code;
  }
}

/** Endings after which coming back may help. */
const PASSING = Object.freeze(['DRAINING', 'TIMEOUT', 'MOVED', 'UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED', 'UNREACHABLE']);

function refusalError({ code, message }) {
  const name = errorName(code);
  const text = {
    INVALID_TOKEN: 'The invitation is not valid.', TOKEN_EXPIRED: 'The invitation has expired.',
    ROOM_FULL: 'The room is full.', RATE_LIMITED: 'Too many requests; wait a moment.',
  }[name];
  return new CallError(name, text ?? `The server refused: ${message || name}`);
}

function closingError({ reason, url = '' }) {
  const name = reasonName(reason);
  const text = {
    LEFT: 'You left the room.', DRAINING: 'The server is going down for a moment.',
    REPLACED: 'You joined this room from another window.', REMOVED: 'You were removed from the room.',
    TIMEOUT: 'The server heard nothing from here for too long.', MOVED: 'The room is on another server.',
    UNAVAILABLE: 'The room cannot be found just now.',
  }[name];
  return Object.assign(new CallError(name, text ?? 'The server closed the session.'), url && { url });
}

// --- chat.js

// The room's chat: what is written is written once, whatever happens to the socket, and what comes is told once and in order.


const ACKNOWLEDGE_DELAY_MS = 250;
const RETRIES_MAX = 5;
const SEEN_MAX = 5000;

class Chat {
  #session;
  #tell;
  /** messageId → the change that was told last; a server that begins anew counts changes anew, too. */
  #seen = new Map();
  /** Of each conversation, by the other one's userId or "": the last change that came, and whether that was said. */
  #changes = new Map();
  #timer = null;
  #unread = 0;

  /** `tell(event, detail)`: "message", "typing", "read" and "unread". */
  constructor(session, tell) {
    this.#session = session;
    this.#tell = tell;
  }

  /** Resolves with the message as it is stored. */
  async send(text, { to = '' } = {}) {
    return this.#change({ chatSend: { text, toUserId: to, clientId: randomId() } });
  }

  edit(messageId, text) { return this.#change({ chatEdit: { messageId, text } }); }
  remove(messageId) { return this.#change({ chatDelete: { messageId } }); }
  react(messageId, reaction, on = true) { return this.#change({ chatReact: { messageId, reaction, on } }); }

  typing(on, { to = '' } = {}) { this.#session.signaling?.send({ chatTyping: { on, toUserId: to } }); }

  /** Everything up to this number is read, of the room's conversation or of that with somebody. */
  read(number, { with: userId = '' } = {}) { this.#session.signaling?.send({ chatRead: { number, userId } }); }

  /** Older messages, oldest first: {messages, hasMore, unread, marks}. */
  async history({ before = 0, limit = 50, with: userId = '' } = {}) {
    const { chatPage } = await this.#ask({ chatHistory: { before, limit, userId } });
    return {
      messages: chatPage.messages.map(message => this.#plain(message)), hasMore: chatPage.hasMore, unread: chatPage.unread,
      marks: chatPage.marks.map(withoutBody),
    };
  }

  /** True when the message is the chat's. */
  receive(message) {
    switch (message.body) {
      case 'chatMessage': this.#take(message.chatMessage); return true;
      case 'chatPage': this.#takePending(message.chatPage); return true;
      case 'chatIsTyping': this.#tell('typing', withoutBody(message.chatIsTyping)); return true;
      case 'chatMark': this.#tell('read', withoutBody(message.chatMark)); return true;
      default: return false;
    }
  }

  /** The session is another one: changes may be counted anew. */
  restart() { this.#changes.clear(); }

  close() { clearTimeout(this.#timer); }

  async #change(body) {
    const { chatMessage } = await this.#ask(body);
    this.#take(chatMessage);
    return this.#plain(chatMessage);
  }

  /** Asks again after a loss: the server knows a message by its client_id, and the other changes by what they ask for. */
  async #ask(body) {
    for (let attempt = 1; ; attempt += 1) {
      await this.#session.ready();
      try {
        return await this.#session.signaling.request(body);
      } catch (error) {
        if (error instanceof Refused) throw refusalError(error);
        if (attempt >= RETRIES_MAX) throw new CallError('UNREACHABLE', error.message);
      }
    }
  }

  #takePending({ messages, hasMore, unread, last }) {
    for (const message of messages) this.#take(message, true);
    if (!hasMore) this.#unread += unread;
    if (!last) return;
    this.#tell('unread', { count: this.#unread });
    this.#unread = 0;
  }

  #take(message, pending = false) {
    this.#acknowledgeSoon(message);
    if (message.change <= (this.#seen.get(message.messageId) ?? 0)) return;
    this.#remember(message);
    const kind = message.deletedMs ? 'deleted' : message.editedMs || message.reactions.length ? 'changed' : 'new';
    this.#tell('message', { kind: pending && kind === 'changed' ? 'new' : kind, pending, message: this.#plain(message) });
  }

  #remember({ messageId, change }) {
    this.#seen.delete(messageId);
    this.#seen.set(messageId, change);
    if (this.#seen.size > SEEN_MAX) this.#seen.delete(this.#seen.keys().next().value);
  }

  #acknowledgeSoon({ change, fromUserId, toUserId }) {
    const userId = toUserId && fromUserId === this.#session.self?.userId ? toUserId : toUserId && fromUserId;
    if (change <= (this.#changes.get(userId)?.change ?? 0)) return;
    this.#changes.set(userId, { change, isSaid: false });
    this.#timer ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_DELAY_MS);
  }

  #acknowledge() {
    this.#timer = null;
    for (const [userId, entry] of this.#changes) {
      if (entry.isSaid || !this.#session.signaling) continue;
      entry.isSaid = true;
      this.#session.signaling.send({ chatAcknowledge: { change: entry.change, userId } });
    }
  }

  #plain(message) {
    const date = milliseconds => milliseconds ? new Date(milliseconds) : null;
    return {
      id: message.messageId, number: message.number, text: message.text, to: message.toUserId || null,
      from: { userId: message.fromUserId, name: message.fromName }, own: message.fromUserId === this.#session.self?.userId,
      sent: date(message.sentMs), edited: date(message.editedMs), deleted: date(message.deletedMs),
      reactions: message.reactions.map(({ reaction, userIds }) => ({ reaction, userIds })),
    };
  }
}

const withoutBody = ({ body, ...rest }) => rest;

/** 22 characters that nobody else has. */
function randomId() {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return [...crypto.getRandomValues(new Uint8Array(22))].map(byte => letters[byte & 63]).join('');
}

// --- places.js

// Where the server is: the address that was given, and the hosts that it has named since.


const HOPS_MAX = 5;
/** With others to try, an address that does not answer is given up sooner. */
const CONNECT_MS = { alone: 10_000, among: 3_000 };

/** Of an http(s) or ws(s) address: its WebSocket's. */
function socketUrl(address) {
  const url = new URL(address, globalThis.location?.href);
  url.protocol = { 'http:': 'ws:', 'https:': 'wss:' }[url.protocol] ?? url.protocol;
  if (!url.pathname.endsWith('/ws')) url.pathname = `${url.pathname.replace(/\/$/, '')}/ws`;
  url.hash = '';
  return url.href;
}

class Places {
  #given;
  /** WebSockets' addresses, the one to use first. */
  #all;
  #hops = 0;

  /** `urls`: of WebSockets, one or more. */
  constructor(urls) {
    this.#given = [urls].flat();
    this.#all = unique(this.#given);
  }

  get current() { return this.#all[0]; }

  /** A socket to the current host. */
  open() { return Signaling.open(this.current, this.#all.length > 1 ? CONNECT_MS.among : CONNECT_MS.alone); }

  /** Tries `enter` at the current host, or else at each of the others; whoever answers and says no has the last word. */
  async enter(enter) {
    for (let left = this.#all.length; ; left -= 1) {
      try {
        return await enter();
      } catch (error) {
        if (error instanceof CallError && error.code !== 'DRAINING') throw error;
        this.turn();
        if (left <= 1) throw error;
      }
    }
  }

  /** The current host let us in, and names the others. */
  settle(hosts) {
    this.#hops = 0;
    this.#all = unique([this.current, ...hosts.map(socketUrl), ...this.#given]);
  }

  /** The server says where to go. False when it has said so too often. */
  follow(host) {
    this.#hops += 1;
    if (this.#hops > HOPS_MAX) {
      this.#hops = 0;
      return false;
    }
    this.#all = unique([socketUrl(host), ...this.#all]);
    return true;
  }

  /** The current one does not answer: the next, and this one last. */
  turn() { this.#all.push(this.#all.shift()); }
}

const unique = list => [...new Set(list)];

// --- encodings.js

// The m-lines for own sources, and how much each may send.

/** The m-lines that are set aside for a client's own sources, by the server's offer and by that of two alone. */
const PUBLISH_MIDS = Object.freeze({ microphone: '0', camera: '1', screen: '2' });
/** Simulcast rids from the smallest picture up, with what each may use. */
const CAMERA_LAYERS = {
  q: { scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  h: { scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  f: { scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
};
const SCREEN_BITRATE = 2_500_000;

const findTransceiver = (pc, mid) => pc?.getTransceivers().find(transceiver => transceiver.mid === mid);

/** Takes the three publishing lines, with or without a device behind them. */
async function preparePublishing(pc, direction) {
  for (const [source, mid] of Object.entries(PUBLISH_MIDS)) {
    const transceiver = findTransceiver(pc, mid);
    if (!transceiver || transceiver.direction === direction) continue;
    transceiver.direction = direction;
    await limitSource(source, transceiver.sender);
  }
}

async function limitSource(source, sender) {
  if (source === 'camera') await limitLayers(sender);
  if (source === 'screen') await limitEncodings(sender, () => ({ maxBitrate: SCREEN_BITRATE }));
}

/** For connections of two, whose lines this end made. */
async function limitSources(pc) {
  for (const [source, mid] of Object.entries(PUBLISH_MIDS)) {
    const transceiver = findTransceiver(pc, mid);
    if (transceiver) await limitSource(source, transceiver.sender);
  }
}

async function limitLayers(sender) {
  const count = sender.getParameters().encodings?.length ?? 0;
  // A browser that did not take the offered rids has one encoding: it sends the full picture.
  await limitEncodings(sender, encoding => CAMERA_LAYERS[encoding.rid] ?? (count > 1 ? {} : CAMERA_LAYERS.f));
}

/** Changes each encoding by what `limits(encoding)` returns. A browser that refuses sends with limits of its own. */
async function limitEncodings(sender, limits) {
  const parameters = sender.getParameters();
  if (!parameters.encodings?.length) return;
  for (const encoding of parameters.encodings) Object.assign(encoding, limits(encoding));
  try {
    await sender.setParameters(parameters);
  } catch (error) {
    console.warn('the encodings cannot be limited:', error);
  }
}

// --- pair.js

// A connection with the other member of a room of two, without the server. Whoever was there first offers; each offer has
// the three lines for microphone, camera and screen of either side, so that it need not change.


class Pair {
  pc = null;
  /** Whether this end makes the offers. */
  isOfferer = false;
  #makeConnection;
  #send;
  #data;
  #version = 0;
  #early = [];

  /** `makeConnection()`: an RTCPeerConnection. `send(body)`: to the other one by the server. `data`: see data.js. */
  constructor(makeConnection, send, data) {
    this.#makeConnection = makeConnection;
    this.#send = send;
    this.#data = data;
  }

  /** The other one has come: offers. */
  async begin() {
    const pc = this.#open();
    this.isOfferer = true;
    for (const kind of ['audio', 'video', 'video']) pc.addTransceiver(kind, { direction: 'sendrecv' });
    this.#data.open(pc);
    await this.#offer(pc);
    await limitSources(pc);
  }

  async takeOffer({ version, sdp }) {
    // The first offer of somebody who began anew.
    if (!this.pc || version <= this.#version) this.#open();
    const { pc } = this;
    this.#version = version;
    await pc.setRemoteDescription({ type: 'offer', sdp });
    await preparePublishing(pc, 'sendrecv');
    await pc.setLocalDescription();
    this.#send({ answer: { version, sdp: pc.localDescription.sdp } });
    await this.#addEarly();
  }

  /** False when it is the answer to another offer. */
  async takeAnswer({ version, sdp }) {
    if (version !== this.#version || this.pc?.signalingState !== 'have-local-offer') return false;
    await this.pc.setRemoteDescription({ type: 'answer', sdp });
    await this.#addEarly();
    return true;
  }

  async takeIce(ice) {
    if (!this.pc?.remoteDescription) this.#early.push(ice);
    else await this.#add(ice);
  }

  /** New ICE credentials: the one who offers makes an offer, the other one asks for it. */
  async restart() {
    if (!this.pc) return;
    if (!this.isOfferer) return this.#send({ iceRestart: {} });
    this.pc.restartIce();
    await this.#offer(this.pc);
  }

  close() {
    this.pc?.close();
    this.pc = null;
    this.isOfferer = false;
    this.#version = 0;
    this.#early = [];
  }

  /** Candidates that came before their offer stay. */
  #open() {
    this.pc?.close();
    this.isOfferer = false;
    this.#version = 0;
    this.pc = this.#makeConnection();
    this.pc.onicecandidate = ({ candidate }) => this.#send({ ice: plain(candidate) });
    return this.pc;
  }

  async #offer(pc) {
    await pc.setLocalDescription(await pc.createOffer());
    if (this.pc !== pc) return;
    this.#version += 1;
    this.#send({ offer: { version: this.#version, sdp: pc.localDescription.sdp } });
  }

  async #addEarly() {
    for (const ice of this.#early.splice(0)) await this.#add(ice);
  }

  async #add({ candidate, sdpMid, sdpMLineIndex, usernameFragment }) {
    if (!candidate) return;
    try {
      await this.pc.addIceCandidate({ candidate, sdpMid, sdpMLineIndex, usernameFragment: usernameFragment || undefined });
    } catch (error) {
      // One of a generation that is over; the others do.
      console.warn('a candidate cannot be taken:', error);
    }
  }
}

function plain(candidate) {
  if (!candidate) return { candidate: '' };
  const { candidate: text, sdpMid, sdpMLineIndex, usernameFragment } = candidate;
  return { candidate: text, sdpMid: sdpMid ?? '', sdpMLineIndex: sdpMLineIndex ?? 0, usernameFragment: usernameFragment ?? '' };
}

// --- data.js

// Messages over data channels. The server relays by label; a channel whose protocol is "to:ID" reaches one peer alone, and
// comes out as "from:ID" there (docs/api.md).


const LABEL = 'data';
const CHANNELS_MAX = 32;
const WAITING_MAX = 256;
/** Bytes that may wait in a channel before more is refused. */
const BUFFERED_MAX = 4 * 1024 * 1024;

class DataLink {
  isWanted;
  #pc = null;
  #channels = new Map();
  #onMessage;
  #isPair = false;

  /** `onMessage({ data, label, from })`: `from` is a peerId, or null for what was sent to everybody. */
  constructor(isWanted, onMessage) {
    this.isWanted = isWanted;
    this.#onMessage = onMessage;
  }

  /** Belongs to this connection from now on; call it before the description that is to have a line for data. */
  open(pc, isPair = true) {
    if (this.#pc === pc) return;
    this.#pc = pc;
    this.#isPair = isPair;
    this.#channels.clear();
    if (!this.isWanted) return;
    pc.ondatachannel = ({ channel }) => { if (this.#pc === pc) this.#receive(channel); };
    this.#channel(LABEL, null, true);
  }

  /** `data`: a string, an ArrayBuffer or a view of one, up to 65536 bytes. */
  send(data, { to = null, label = LABEL, reliable = true } = {}) {
    if (!this.isWanted) throw new CallError('NOT_ALLOWED', 'join with { data: true } to send data');
    if (!this.#pc) throw new CallError('NOT_IN_ROOM', 'there is no connection');
    const entry = this.#channel(label, this.#isPair ? null : to, reliable), { channel } = entry;
    if (channel.readyState === 'open') {
      if (channel.bufferedAmount > BUFFERED_MAX) throw new CallError('RATE_LIMITED', 'the connection does not carry so much');
      channel.send(data);
    } else if (channel.readyState === 'connecting' && entry.waiting.length < WAITING_MAX) {
      entry.waiting.push(data);
    } else {
      throw new CallError('MEDIA_FAILED', 'the data channel is not open');
    }
  }

  close() {
    this.#pc = null;
    this.#channels.clear();
  }

  #channel(label, to, reliable) {
    const key = `${reliable} ${to ?? ''} ${label}`, known = this.#channels.get(key);
    if (known && known.channel.readyState !== 'closed') return known;
    if (this.#channels.size >= CHANNELS_MAX) throw new CallError('NOT_ALLOWED', `there are ${CHANNELS_MAX} data channels at most`);
    const channel = this.#pc.createDataChannel(label, {
      protocol: to ? `to:${to}` : '', ordered: reliable, ...(reliable ? {} : { maxRetransmits: 0 }),
    });
    const entry = { channel, waiting: [] };
    this.#channels.set(key, entry);
    channel.onopen = () => { for (const data of entry.waiting.splice(0)) channel.send(data); };
    this.#receive(channel);
    return entry;
  }

  #receive(channel) {
    channel.binaryType = 'arraybuffer';
    const from = channel.protocol.startsWith('from:') ? channel.protocol.slice(5) : null;
    channel.onmessage = ({ data }) => this.#onMessage({ data, label: channel.label, from });
  }
}

// --- silence.js

// Notices that a connection on which something came all the time has fallen silent. The browser says so itself, but takes
// three seconds and more.

const LOOK_EVERY_MS = 150;
/** So long a silence counts, after so many looks that each found something. */
const SILENCE_MS = 500;
const BUSY_LOOKS = 10;

class SilenceWatch {
  #getConnection;
  #tell;
  #timer = null;
  #connection = null;
  #bytes = 0;
  #heardAt = 0;
  #busyLooks = 0;

  /** `getConnection()`: the RTCPeerConnection, or null. `tell()`: it has fallen silent; told again after it was busy again. */
  constructor(getConnection, tell) {
    this.#getConnection = getConnection;
    this.#tell = tell;
  }

  start() { this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS); }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  async #look() {
    const pc = this.#getConnection();
    if (pc?.connectionState !== 'connected') return this.#forget(pc);
    const bytes = await receivedBytes(pc), now = performance.now();
    if (pc !== this.#connection) this.#forget(pc);
    if (bytes !== this.#bytes) {
      // A page in the background looks less often: what it finds after a while says nothing about the time between.
      this.#busyLooks += 1;
      this.#bytes = bytes;
      this.#heardAt = now;
    } else if (this.#busyLooks >= BUSY_LOOKS && now - this.#heardAt >= SILENCE_MS) {
      this.#busyLooks = 0;
      this.#tell();
    }
  }

  #forget(pc) {
    this.#connection = pc;
    this.#busyLooks = 0;
    this.#heardAt = performance.now();
  }
}

/** Media and reports that came by any candidate pair; connectivity checks do not count. */
async function receivedBytes(pc) {
  let bytes = 0;
  (await pc.getStats()).forEach(({ type, bytesReceived }) => { if (type === 'candidate-pair') bytes += bytesReceived ?? 0; });
  return bytes;
}

// --- reach.js

// Finds the server again when nothing comes any more, or the network is another one.


/** How long the server may take to answer before its socket counts as dead. */
const PONG_PATIENCE_MS = 300;

class Reach {
  #host;
  #isReaching = false;
  #silence;
  #networkChanged = () => this.again();

  /**
   * `host`: {connection(): the RTCPeerConnection that is never silent for long, or null; signaling(): the socket in use, or null;
   * open(): a promise of another one; renewIce(): asks for new ICE credentials; moveTo(other, old): goes on by another socket}.
   */
  constructor(host) {
    this.#host = host;
    this.#silence = new SilenceWatch(() => host.connection(), () => this.again());
  }

  start() {
    this.#silence.start();
    this.#listen('addEventListener');
  }

  stop() {
    this.#silence.stop();
    this.#listen('removeEventListener');
  }

  /**
   * When the server still answers by the socket, new ICE credentials are enough. When it does not, this end has probably moved,
   * and the stay goes on by a new socket.
   */
  async again() {
    const host = this.#host, signaling = host.signaling();
    if (!signaling || this.#isReaching) return;
    this.#isReaching = true;
    // Begun at once: it takes as long as the question does.
    const opening = host.open();
    opening.catch(() => {}); // Looked at below, or not at all.
    try {
      if (await signaling.answers(PONG_PATIENCE_MS)) {
        host.renewIce();
        opening.then(spare => spare.close(), () => {});
      } else {
        // When there is no other one, it is for the heartbeat to say whether the old one is dead.
        const other = await opening.catch(() => null);
        if (other && host.signaling() === signaling) await host.moveTo(other, signaling);
        else other?.close();
      }
    } finally {
      this.#isReaching = false;
    }
  }

  #listen(act) {
    globalThis[act]?.('online', this.#networkChanged);
    globalThis.navigator?.connection?.[act]?.('change', this.#networkChanged);
  }
}

// --- peers.js

// Who is in the room, what the slots carry, and what was asked of the slots.


class Peers {
  /** peerId → {id, name, userId, sources: Map(source name → {mid, muted, track, held})} */
  all = new Map();
  /** As the last Tracks said. */
  slots = [];
  #owners = new Map();
  #held = new Map();
  #wishes = new Map();

  clear() {
    this.all.clear();
    this.slots = [];
    for (const known of [this.#owners, this.#held, this.#wishes]) known.clear();
  }

  add({ peerId, name, userId }) {
    const known = this.all.get(peerId);
    if (known) Object.assign(known, { name, userId });
    else this.all.set(peerId, { id: peerId, name, userId, sources: new Map() });
  }

  remove(peerId) { this.all.delete(peerId); }

  /** Exactly these are there now. */
  setMembers(members) {
    const there = new Set(members.map(({ peerId }) => peerId));
    for (const id of [...this.all.keys()]) if (!there.has(id)) this.all.delete(id);
    for (const member of members) this.add(member);
  }

  setMuted({ peerId, source, muted }) {
    const slot = this.slots.find(slot => slot.peerId === peerId && slot.source === source);
    if (slot) slot.muted = muted;
    const known = this.all.get(peerId)?.sources.get(sourceName(source));
    if (known) known.muted = muted;
  }

  /** `reason`: "" when something comes. */
  hold(mid, reason) {
    this.#held.set(mid, reason);
    for (const { sources } of this.all.values()) {
      for (const slot of sources.values()) if (slot.mid === mid) slot.held = reason;
    }
  }

  /** Puts the tracks of the slots where they belong; `trackOf(mid)` may know none yet. */
  bind(trackOf) {
    this.#forgetMovedSlots();
    for (const peer of this.all.values()) peer.sources = new Map();
    for (const { mid, peerId, source, muted } of this.slots) {
      const peer = this.all.get(peerId), track = trackOf(mid);
      if (peer && track) peer.sources.set(sourceName(source), { mid, muted, track, held: this.#held.get(mid) ?? '' });
    }
  }

  /** False when the same was wished before. `mid`: of the slot that it is about, if any. */
  keepWish(key, mid, body) {
    const text = JSON.stringify(body);
    if (this.#wishes.get(key)?.text === text) return false;
    this.#wishes.set(key, { mid, body, text });
    return true;
  }

  wishes() { return [...this.#wishes.values()].map(({ body }) => body); }

  /** What was said of a slot is not true of another track: see SelectLayer, SetView and Held in signaling.proto. */
  #forgetMovedSlots() {
    const owners = new Map(this.slots.map(slot => [slot.mid, `${slot.peerId} ${slot.source}`]));
    const moved = mid => owners.get(mid) !== this.#owners.get(mid);
    for (const mid of [...this.#held.keys()]) if (moved(mid)) this.#held.delete(mid);
    for (const [key, { mid }] of [...this.#wishes]) if (mid !== null && moved(mid)) this.#wishes.delete(key);
    this.#owners = owners;
  }
}

// --- session.js

// A stay in a room: the signaling session, the one RTCPeerConnection, what is published and what is received.
//
// The server offers, this end answers; in a room of two see pair.js. What arrives is found by `Tracks`, which says which slot
// (mid) carries whose microphone, camera or screen. After a loss of the socket this end comes back to its session, while media
// goes on; when the session is gone too, it joins anew, with a new connection, and publishes again what was published before.


const BACKOFF_MS = { first: 500, factor: 2, most: 10_000 };
/** How long ICE may be "disconnected" before new credentials are asked for, and how long those may take. */
const ICE_PATIENCE_MS = 4_000;
const ICE_RESTART_PATIENCE_MS = 10_000;

/**
 * Events: "state" (idle, joining, joined, reconnecting, ended), "peers" (who is there, what they publish, who speaks),
 * "local" (own sources), "connection" (of the RTCPeerConnection), "notice" (detail: a CallError), "chat" and "data", and with
 * `channels` "channel" (detail: {channel, from}: an RTCDataChannel that another member's message opened; `from` is who writes to
 * this end alone, or "").
 */
class Session extends EventTarget {
  state = 'idle';
  /** {peerId, userId, room, name, mayPublish} after the first Joined. */
  self = null;
  speaker = '';
  /** source name → {track, muted} of what this end publishes. */
  local = new Map();
  signaling = null;
  /** The CallError when state is "ended". */
  ending = null;
  /** How often a lost socket was replaced: sessions that went on, and sessions that were made anew. */
  resumptions = 0;
  reconnects = 0;
  isPair = false;
  chat = new Chat(this, (event, detail) => this.#dispatch('chat', { event, ...detail }));
  data;

  #places;
  #getToken;
  #options;
  #pc = null;
  #pair = null;
  #peers = new Peers();
  #work = Promise.resolve();
  #answered = 0;
  #canPublish = false;
  #iceTimer = null;
  #resumeToken = '';
  #token = null;
  #reach = new Reach({
    // In a room of two the other one may well have nothing to say.
    connection: () => this.#pc, signaling: () => this.state === 'joined' ? this.signaling : null,
    open: () => this.#places.open(), renewIce: () => this.#renewIce(),
    moveTo: (signaling, old) => this.#moveTo(signaling, old),
  });

  /**
   * `url`: of the WebSocket, or several of hosts that know of each other. `getToken(renew)`: resolves with a JWT; asked again with `true` when one was refused.
   * `options`: {deviceId, roomId, appId, audioSlots, videoSlots, data, channels, iceServers, keepTracks}, all optional;
   * `channels` is for data channels of one's own, by openChannel; `keepTracks` leaves published tracks running when they are
   * published no more.
   */
  constructor(url, getToken, options = {}) {
    super();
    this.#places = new Places(url);
    this.#getToken = getToken;
    this.#options = options;
    this.data = new DataLink(Boolean(options.data), detail => this.#dispatch('data', detail));
  }

  get pc() { return this.#pair ? this.#pair.pc : this.#pc; }
  /** peerId → {id, name, userId, sources: Map(source name → {mid, muted, track, held})}; `held` says why nothing comes. */
  get peers() { return this.#peers.all; }

  /** Joins the room. Resolves when the server has let us in, rejects with a CallError when it does not. */
  async join() {
    this.#setState('joining');
    try {
      await this.#places.enter(() => this.#enter());
      this.#reach.start();
    } catch (error) {
      this.#end(error instanceof CallError ? error : new CallError('UNREACHABLE', error.message));
      throw this.ending;
    }
  }

  leave() {
    if (this.state === 'ended') return;
    this.signaling?.send({ leave: {} });
    this.#end(new CallError('LEFT', 'You left the room.'));
  }

  /** Resolves when messages can be sent; rejects when the stay is over. */
  ready() {
    if (this.state === 'ended' || this.state === 'idle') {
      return Promise.reject(this.ending ?? new CallError('NOT_IN_ROOM', 'Join first.'));
    }
    if (this.state === 'joined') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!['joined', 'ended'].includes(this.state)) return;
        this.removeEventListener('state', look);
        if (this.state === 'joined') resolve();
        else reject(this.ending);
      };
      this.addEventListener('state', look);
    });
  }

  // --- own sources --------------------------------------------------------------------------------------------------------

  /** Publishes `track` as `source` ("microphone", "camera", "screen"); replaces what was published there. */
  async publish(source, track, muted = false) {
    this.#stop(this.local.get(source)?.track, track);
    this.local.set(source, { track, muted });
    track.enabled = !muted;
    track.addEventListener('ended', () => { if (this.local.get(source)?.track === track) this.unpublish(source); });
    await this.#attach(source);
    this.#changed('local');
  }

  async unpublish(source) {
    const published = this.local.get(source);
    if (!published) return;
    this.local.delete(source);
    this.#stop(published.track);
    this.signaling?.send({ publish: { source: Source[source], on: false } });
    this.#changed('local');
    await this.#sender(source)?.replaceTrack(null);
  }

  setMuted(source, muted) {
    const published = this.local.get(source);
    if (!published) return;
    published.muted = muted;
    published.track.enabled = !muted;
    this.signaling?.send({ setMuted: { source: Source[source], muted } });
    this.#changed('local');
  }

  #stop(track, unless = null) {
    if (track && track !== unless && !this.#options.keepTracks) track.stop();
  }

  // --- wishes about what comes ----------------------------------------------------------------------------------------------

  /** Limits what the slot of a received video carries: 0, 1 or 2 for simulcast layers q, h, f. */
  selectLayer(mid, maxSpatial, paused = false) { this.#wish(`layer ${mid}`, mid, { selectLayer: { mid, maxSpatial, paused } }); }

  /** Says how large the slot of a received video is shown, in pixels of the screen; 0 by 0 for not at all. */
  setView(mid, width, height, pinned = false) { this.#wish(`view ${mid}`, mid, { setView: { mid, width, height, pinned } }); }

  /** Keeps a slot for one source of another member, whoever speaks. */
  pin(peerId, source, on = true) { this.#wish(`pin ${peerId} ${source}`, null, { pin: { peerId, source: Source[source], on } }); }

  /** Whether one source of another member is to come at all. */
  subscribe(peerId, source, on = true) {
    this.#wish(`subscribe ${peerId} ${source}`, null, { subscribe: { peerId, source: Source[source], on } });
  }

  #wish(key, mid, body) {
    if (this.#peers.keepWish(key, mid, body)) this.signaling?.send(body);
  }

  /**
   * A data channel to all members that have channels, or to the member `to` alone; `options` as for createDataChannel. It ends
   * with its connection: after a stay that was joined anew ("state" was "reconnecting") open it again.
   */
  openChannel(label, { to = '', ...options } = {}) {
    return this.pc.createDataChannel(label, to ? { ...options, protocol: `to:${to}` } : options);
  }

  /** The server's view of this connection (a Stats message). */
  async serverStats() {
    return (await this.signaling.request({ statsRequest: {} })).stats;
  }

  // --- entering and coming back ---------------------------------------------------------------------------------------

  async #enter(renewToken = false) {
    if (renewToken || !this.#resumeToken || !this.#token) this.#token = await this.#getToken(renewToken);
    const signaling = await this.#places.open();
    if (this.state === 'ended') return signaling.close();
    this.signaling = signaling;
    try {
      await this.#sendJoin(signaling);
    } catch (error) {
      if (this.signaling === signaling) this.signaling = null;
      signaling.close();
      if (error.code === 'MOVED' && this.#places.follow(error.url)) return this.#enter();
      // A server that was started anew with another secret: its old tokens are worth nothing.
      if (!renewToken && ['INVALID_TOKEN', 'TOKEN_EXPIRED'].includes(error.code)) return this.#enter(true);
      throw error;
    }
  }

  /** `resume`: the peer id, when this end has perhaps moved: the server then makes an offer with new ICE credentials. */
  #sendJoin(signaling, resume = '') {
    return new Promise((resolve, reject) => {
      signaling.addEventListener('message', ({ detail: message }) => {
        if (this.signaling !== signaling) return;
        if (message.body === 'refusal') reject(refusalError(message.refusal));
        if (message.body === 'closing') reject(closingError(message.closing));
        this.#receive(message);
        if (message.body === 'joined') resolve();
      });
      signaling.addEventListener('closed', ({ detail }) => {
        reject(new Error(detail.reason || 'the server closed the connection'));
        if (this.signaling === signaling) this.#lost(detail.reason || 'The connection to the server was lost.');
      });
      const { deviceId = '', roomId = '', appId = '', audioSlots = 0, videoSlots = 0 } = this.#options;
      signaling.send({
        join: {
          token: this.#token, resumeToken: this.#resumeToken, deviceId, roomId, appId, audioSlots, videoSlots,
          dataChannels: this.data.isWanted || Boolean(this.#options.channels), resume,
        },
      });
    });
  }

  #renewIce() {
    if (this.#pair) this.#queue(() => this.#pair.restart());
    else this.signaling?.send({ iceRestart: {} });
  }

  /** The old socket is dead; the connection need not be. */
  async #moveTo(signaling, old) {
    this.signaling = signaling;
    old.close();
    try {
      await this.#sendJoin(signaling, this.self.peerId);
    } catch (error) {
      if (this.signaling === signaling) this.#lost(error.message);
    }
  }

  /** The socket is gone, not by our wish: try until it works or is refused. `anew`: the media connection is of no use. */
  async #lost(why, { firstDelayMs = 0, anew = false } = {}) {
    if (anew) this.#resumeToken = '';
    if (this.state !== 'joined') return;
    this.#setState('reconnecting');
    this.#notice(new CallError('UNREACHABLE', why));
    const old = this.signaling;
    this.signaling = null;
    old?.close();
    let delay = firstDelayMs || BACKOFF_MS.first;
    while (this.state === 'reconnecting') {
      await sleep(delay * (0.75 + Math.random() / 2));
      delay = Math.min(delay * BACKOFF_MS.factor, BACKOFF_MS.most);
      if (this.state !== 'reconnecting') return;
      try {
        await this.#places.enter(() => this.#enter());
        return;
      } catch (error) {
        if (error instanceof CallError && !PASSING.includes(error.code)) return this.#end(error);
      }
    }
  }

  #end(ending) {
    if (this.state === 'ended') return;
    this.ending = ending;
    const { signaling, pc } = this;
    this.signaling = null;
    clearTimeout(this.#iceTimer);
    this.#reach.stop();
    this.chat.close();
    this.data.close();
    // The socket's closing handshake follows the Leave that is still in its buffer.
    signaling?.close();
    pc?.close();
    for (const { track } of this.local.values()) this.#stop(track);
    this.local.clear();
    this.#peers.clear();
    this.#setState('ended');
    this.#changed('peers');
  }

  // --- what the server says -------------------------------------------------------------------------------------------

  #receive(message) {
    const body = message[message.body];
    switch (message.body) {
      case 'joined': return this.#joined(body);
      case 'offer': return this.#queue(() => this.#isPairOffer() ? this.#takePairOffer(body) : this.#answer(body));
      case 'answer': return this.#queue(async () => { if (await this.#pair?.takeAnswer(body)) await this.#negotiated(); });
      case 'ice': return this.#queue(() => this.#pair?.takeIce(body));
      case 'iceRestart': return this.#queue(() => this.#pair?.restart());
      case 'tracks': this.#peers.slots = body.tracks; return this.#bindSlots();
      case 'peerJoined': return this.#peerJoined(body.member);
      case 'peerLeft': return this.#peerLeft(body.peerId);
      case 'trackChanged': this.#peers.setMuted(body); return this.#changed('peers');
      case 'activeSpeaker': this.speaker = body.peerId; return this.#changed('peers');
      case 'held': this.#peers.hold(body.mid, heldReason(body.reason)); return this.#changed('peers');
      case 'refusal': if (this.state === 'joined') this.#notice(refusalError(body)); return undefined;
      case 'closing': return this.#closing(body);
      default: return this.chat.receive(message);
    }
  }

  #joined(joined) {
    const { peerId, userId, room, name, mayPublish, heartbeatSeconds, members, resumed, resumeToken, mode, hosts } = joined;
    if (!resumed) this.#startOver(mode === MODE_P2P);
    const isBack = this.self !== null;
    this.#resumeToken = resumeToken;
    this.#places.settle(hosts);
    this.self = { peerId, userId, room, name, mayPublish };
    const known = [...this.peers.keys()];
    this.#peers.setMembers(members);
    this.speaker = '';
    this.signaling.startHeartbeat(heartbeatSeconds || 10);
    if (isBack) this[resumed ? 'resumptions' : 'reconnects'] += 1;
    this.#setState('joined');
    if (resumed) this.#goOn(known);
    this.#changed('peers');
  }

  /** Forgets what belonged to the session before. */
  #startOver(isPair) {
    this.#pc?.close();
    this.#pair?.close();
    this.#peers.clear();
    this.chat.restart();
    clearTimeout(this.#iceTimer);
    this.#iceTimer = null;
    this.#work = Promise.resolve();
    this.#answered = 0;
    this.#canPublish = false;
    this.isPair = isPair;
    this.#pair = isPair ? new Pair(() => this.#makeConnection(), body => this.signaling?.send(body), this.data) : null;
    this.#pc = isPair ? null : this.#makeConnection();
    if (!isPair) this.#changed('connection');
  }

  /** Says once more what may have been lost with the socket. */
  #goOn(known) {
    for (const source of Object.keys(PUBLISH_MIDS)) {
      const published = this.local.get(source);
      if (!published || !this.self.mayPublish) this.signaling.send({ publish: { source: Source[source], on: false } });
      else if (this.#canPublish) this.#tellPublished(source, published);
    }
    for (const body of this.#peers.wishes()) this.signaling.send(body);
    if (this.isPair) this.#goOnInPair(known);
    else if (['failed', 'disconnected'].includes(this.pc.connectionState)) this.#restartIce();
  }

  /** The other one may have gone meanwhile, or come anew: then it waits for an offer. */
  #goOnInPair(known) {
    const [other] = this.peers.keys();
    if (!other) this.#pairGone();
    else if (!known.includes(other)) this.#pairCame();
    else if (this.pc?.connectionState !== 'connected') this.#restartIce();
  }

  #pairCame() {
    this.#queue(async () => { this.#canPublish = false; await this.#pair.begin(); });
  }

  #pairGone() {
    this.#queue(async () => { this.#canPublish = false; this.#pair.close(); this.data.close(); });
  }

  #peerJoined(member) {
    this.#peers.add(member);
    if (this.#pair) this.#pairCame();
    this.#changed('peers');
  }

  #peerLeft(peerId) {
    this.#peers.remove(peerId);
    if (this.#pair) this.#pairGone();
    this.#changed('peers');
  }

  #closing(closing) {
    const error = closingError(closing);
    if (error.code === 'MOVED' && this.state === 'joined') this.#places.follow(error.url);
    if (PASSING.includes(error.code)) this.#lost(error.message, { firstDelayMs: closing.retryAfterMs });
    else this.#end(error);
  }

  // --- the peer connection --------------------------------------------------------------------------------------------

  #makeConnection() {
    const { iceServers = [] } = this.#options;
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers });
    pc.onconnectionstatechange = () => { if (this.pc === pc) this.#connectionChanged(); };
    pc.ondatachannel = ({ channel }) => {
      const [, from = ''] = /^from:(.*)$/.exec(channel.protocol) ?? [];
      this.#dispatch('channel', { channel, from });
    };
    return pc;
  }

  /** Descriptions are applied one after the other; one of a session that is over is dropped. */
  #queue(step) {
    const pc = this.#pc, pair = this.#pair;
    this.#work = this.#work.then(async () => {
      if (this.#pc !== pc || this.#pair !== pair || this.state === 'ended') return;
      try {
        await step();
      } catch (error) {
        if (this.#pc !== pc || this.#pair !== pair || this.state === 'ended') return;
        console.error('a description cannot be applied:', error);
        this.#lost('The connection could not be set up.', { anew: true });
      }
    });
  }

  async #answer({ version, sdp }) {
    const pc = this.#pc;
    // One that was answered already comes again when the answer was lost with a socket.
    if (version !== this.#answered) {
      if (!this.#answered && sdp.includes('m=application')) this.data.open(pc, false);
      await pc.setRemoteDescription({ type: 'offer', sdp });
      await preparePublishing(pc, 'sendonly');
      await pc.setLocalDescription();
    }
    this.#answered = version;
    this.signaling?.send({ answer: { version, sdp: pc.localDescription.sdp } });
    await this.#negotiated();
  }

  #isPairOffer() { return this.#pair !== null; }

  async #takePairOffer(offer) {
    if (this.#pair.pc === null) this.#canPublish = false;
    await this.#pair.takeOffer(offer);
    this.data.open(this.#pair.pc);
    await this.#negotiated();
  }

  async #negotiated() {
    this.#bindSlots();
    if (this.#canPublish) return;
    this.#canPublish = true;
    for (const source of [...this.local.keys()]) await this.#attach(source);
  }

  #sender(source) {
    return findTransceiver(this.pc, PUBLISH_MIDS[source])?.sender;
  }

  /** Puts a published track on its sender and tells the server; #negotiated does it for what is published too early. */
  async #attach(source) {
    const sender = this.#sender(source), published = this.local.get(source);
    if (!this.#canPublish || !sender || !published || !this.self.mayPublish) return;
    if (sender.track !== published.track) await sender.replaceTrack(published.track);
    if (this.local.get(source) === published) this.#tellPublished(source, published);
  }

  #tellPublished(source, { muted }) {
    this.signaling?.send({ publish: { source: Source[source], on: true, muted } });
    // Where it is on already, the line above changes nothing.
    this.signaling?.send({ setMuted: { source: Source[source], muted } });
  }

  /** Makes `peers` say what the last Tracks said. */
  #bindSlots() {
    this.#peers.bind(mid => findTransceiver(this.pc, mid)?.receiver.track);
    this.#changed('peers');
  }

  #connectionChanged() {
    clearTimeout(this.#iceTimer);
    const { connectionState } = this.pc;
    if (connectionState === 'disconnected') this.#iceTimer = setTimeout(() => this.#restartIce(), ICE_PATIENCE_MS);
    if (connectionState === 'failed') this.#restartIce();
    this.#changed('connection');
  }

  #restartIce() {
    clearTimeout(this.#iceTimer);
    this.#reach.again();
    this.#iceTimer = setTimeout(() => {
      if (this.pc && this.pc.connectionState !== 'connected' && (!this.isPair || this.peers.size)) {
        this.#lost('The media connection was lost.', { anew: true });
      }
    }, ICE_RESTART_PATIENCE_MS);
  }

  #setState(state) {
    if (this.state === state) return;
    this.state = state;
    this.#changed('state');
  }

  #changed(what) { this.dispatchEvent(new Event(what)); }
  #dispatch(what, detail) { this.dispatchEvent(new CustomEvent(what, { detail })); }
  #notice(error) { this.#dispatch('notice', error); }
}

const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

// --- call.js

// What a customer's page sees: one call, its events, and MediaStreams.


/** Names of events; call-sdk.d.ts says what comes with each. */
const CallEvent = Object.freeze({
  userJoined: 'user-joined', userLeft: 'user-left', trackAdded: 'track-added', trackRemoved: 'track-removed',
  trackChanged: 'track-changed', connectionState: 'connection-state', activeSpeaker: 'active-speaker', message: 'message',
  typing: 'typing', read: 'read', unread: 'unread', data: 'data', error: 'error',
});
const EVENTS = new Set(Object.values(CallEvent));

const ConnectionState = Object.freeze({
  idle: 'idle', connecting: 'connecting', connected: 'connected', reconnecting: 'reconnecting', ended: 'ended',
});

const DEVICE_KEY = 'call-sdk-device';

/** A client of one server; `join` it to one room at a time. */
class CallSDK {
  state = ConnectionState.idle;
  #options;
  #handlers = new Map();
  #session = null;
  #users = new Map();
  #tracks = new Map();
  #speaker = '';
  #wasConnected = false;

  /** `{ appId, url, iceServers? }`; `url` is the server's address, http(s) or ws(s), or a list of hosts' addresses. */
  constructor(options) {
    if (!options?.url?.length) throw new CallError(ErrorCode.INVALID_MESSAGE, 'init needs the url of the server');
    this.#options = { appId: '', iceServers: [], ...options, url: [options.url].flat().map(socketUrl) };
  }

  /** Returns a function that takes the handler off again. */
  on(event, handler) {
    if (!EVENTS.has(event)) throw new CallError(ErrorCode.INVALID_MESSAGE, `there is no event "${event}"`);
    if (!this.#handlers.has(event)) this.#handlers.set(event, new Set());
    this.#handlers.get(event).add(handler);
    return () => this.off(event, handler);
  }

  off(event, handler) { this.#handlers.get(event)?.delete(handler); }

  /** {peerId, userId, name, room, mayPublish}, or null outside a room. */
  get self() { return this.#inRoom ? this.#session.self : null; }
  /** Everybody else who is here. */
  get users() { return [...this.#users.values()]; }
  get tracks() { return [...this.#tracks.values()].map(({ info }) => info); }

  /**
   * Enters the room that `token` is for. `token`: a string, or a function that gets or resolves to one and is asked again
   * when it is needed. `stream`: its first audio track is published as microphone, its first video track as camera.
   */
  async join({ roomId = '', token, stream = null, data = false, deviceId = keptDeviceId(), audioSlots = 0, videoSlots = 0 }) {
    if (this.#inRoom) throw new CallError(ErrorCode.ALREADY_IN_ROOM, 'leave the room first');
    const { url, appId, iceServers } = this.#options;
    const getToken = async renew => typeof token === 'function' ? token(renew) : token;
    const session = new Session(url, getToken, {
      appId, iceServers, roomId, data, deviceId, audioSlots, videoSlots, keepTracks: true,
    });
    this.#listen(session);
    if (stream) await publishStream(session, stream);
    await session.join();
    return this.self;
  }

  async leave() {
    this.#session?.leave();
  }

  // --- media --------------------------------------------------------------------------------------------------------------

  /** Publishes a track as "microphone", "camera" or "screen", in place of what was there. The track stays the caller's. */
  async publish(source, track, { muted = false } = {}) {
    const session = this.#room;
    if (!session.self?.mayPublish) throw new CallError(ErrorCode.NOT_ALLOWED, 'the role may not publish');
    await session.publish(source, track, muted);
  }

  async unpublish(source) { await this.#room.unpublish(source); }
  mute(source, muted = true) { this.#room.setMuted(source, muted); }
  /** Whether one source of somebody is to come at all. */
  subscribe(peerId, source, on = true) { this.#room.subscribe(peerId, source, on); }
  /** Keeps somebody's source, whoever speaks, in a room with more people than can be shown. */
  pin(peerId, source, on = true) { this.#room.pin(peerId, source, on); }

  /** How large a picture is shown, in pixels; 0 by 0 when it is not to be seen. */
  setView(peerId, source, width, height) {
    const slot = this.#room.peers.get(peerId)?.sources.get(source);
    if (slot) this.#room.setView(slot.mid, Math.round(width), Math.round(height));
  }

  // --- messages -----------------------------------------------------------------------------------------------------------

  send(text, options) { return this.#asked(chat => chat.send(text, options)); }
  edit(messageId, text) { return this.#asked(chat => chat.edit(messageId, text)); }
  remove(messageId) { return this.#asked(chat => chat.remove(messageId)); }
  react(messageId, reaction, on = true) { return this.#asked(chat => chat.react(messageId, reaction, on)); }
  history(options) { return this.#asked(chat => chat.history(options)); }
  typing(on = true, options = {}) { this.#room.chat.typing(on, options); }
  read(number, options) { this.#room.chat.read(number, options); }
  /** A message past the server's books, over a data channel; needs `join({ data: true })`. */
  sendData(data, options) { this.#room.data.send(data, options); }

  async #asked(ask) { return ask(this.#room.chat); }

  get #inRoom() { return this.#session !== null && !['idle', 'ended'].includes(this.#session.state); }

  get #room() {
    if (!this.#inRoom) throw new CallError(ErrorCode.NOT_IN_ROOM, 'join a room first');
    return this.#session;
  }

  // --- events -------------------------------------------------------------------------------------------------------------

  #listen(session) {
    this.#session = session;
    this.#wasConnected = false;
    const listen = (event, act) => session.addEventListener(event, ({ detail }) => { if (this.#session === session) act(detail); });
    listen('state', () => this.#stateChanged());
    listen('connection', () => this.#stateChanged());
    listen('peers', () => this.#peersChanged());
    listen('chat', ({ event, ...detail }) => this.#emit(event, detail));
    listen('data', detail => this.#emit(CallEvent.data, detail));
    listen('notice', error => {
      // A loss is told by connection-state, as long as there is hope.
      if (error.code !== ErrorCode.UNREACHABLE) this.#emit(CallEvent.error, { code: error.code, message: error.message, fatal: false });
    });
  }

  #stateChanged() {
    const { state, ending } = this.#session, before = this.state, joined = before !== ConnectionState.idle && this.#wasJoined;
    const next = this.#stateNow();
    if (state === 'joined') this.#wasJoined = true;
    if (next === before) return;
    this.state = next;
    if (next === ConnectionState.ended) this.#peersChanged();
    const code = next === ConnectionState.ended ? ending.code : null;
    this.#emit(CallEvent.connectionState, { state: next, code });
    // What ends a join is told by its promise.
    if (code && joined && code !== ErrorCode.LEFT) this.#emit(CallEvent.error, { code, message: ending.message, fatal: true });
    if (next === ConnectionState.ended) this.#wasJoined = false;
  }

  #wasJoined = false;

  #stateNow() {
    const { state, pc, isPair, peers } = this.#session;
    switch (state) {
      case 'idle': return ConnectionState.idle;
      case 'joining': return ConnectionState.connecting;
      case 'reconnecting': return ConnectionState.reconnecting;
      case 'ended': return ConnectionState.ended;
      default:
    }
    // Alone in a room of two there is nobody to be connected with.
    if (pc?.connectionState === 'connected' || isPair && !peers.size) {
      this.#wasConnected = true;
      return ConnectionState.connected;
    }
    return this.#wasConnected ? ConnectionState.reconnecting : ConnectionState.connecting;
  }

  /** Tells what is different from what was told: who left with what they had, then who came with what they have. */
  #peersChanged() {
    const { peers, state } = this.#session, ended = state === 'ended';
    const tracks = new Map();
    for (const { id, name, userId, sources } of ended ? [] : peers.values()) {
      for (const [source, slot] of sources) tracks.set(`${id} ${source}`, { ...slot, peerId: id, name, userId, source });
    }
    for (const [key, { info, track }] of [...this.#tracks]) if (tracks.get(key)?.track !== track) this.#removeTrack(key, info);
    for (const [id, user] of [...this.#users]) if (ended || !peers.has(id)) this.#removeUser(id, user);
    for (const { id, name, userId } of ended ? [] : peers.values()) this.#addUser(id, { peerId: id, userId, name });
    for (const [key, slot] of tracks) this.#showTrack(key, slot);
    this.#tellSpeaker();
    if (this.#session.isPair && !ended) this.#stateChanged();
  }

  #addUser(id, user) {
    if (this.#users.has(id)) return;
    this.#users.set(id, user);
    this.#emit(CallEvent.userJoined, user);
  }

  #removeUser(id, user) {
    this.#users.delete(id);
    this.#emit(CallEvent.userLeft, user);
  }

  #showTrack(key, { track, mid, peerId, name, userId, source, muted, held }) {
    const known = this.#tracks.get(key);
    if (!known) {
      const info = { peerId, userId, name, source, kind: track.kind, stream: new MediaStream([track]), muted, held };
      this.#tracks.set(key, { info, track, mid });
      this.#emit(CallEvent.trackAdded, info);
    } else if (known.info.muted !== muted || known.info.held !== held) {
      Object.assign(known.info, { muted, held });
      this.#emit(CallEvent.trackChanged, known.info);
    }
  }

  #removeTrack(key, info) {
    this.#tracks.delete(key);
    this.#emit(CallEvent.trackRemoved, info);
  }

  #tellSpeaker() {
    const { state, speaker } = this.#session, now = state === 'ended' ? '' : speaker;
    if (now === this.#speaker) return;
    this.#speaker = now;
    const isSelf = now !== '' && now === this.#session.self?.peerId;
    this.#emit(CallEvent.activeSpeaker, { peerId: now || null, self: isSelf, user: this.#users.get(now) ?? null });
  }

  /** A handler that fails harms neither the call nor the other handlers. */
  #emit(event, detail) {
    for (const handler of [...this.#handlers.get(event) ?? []]) {
      try {
        handler(detail);
      } catch (error) {
        console.error(`a handler of "${event}" failed:`, error);
      }
    }
  }
}

/** The same as `new CallSDK(options)`. */
const init = options => new CallSDK(options);

async function publishStream(session, stream) {
  const [microphone] = stream.getAudioTracks(), [camera] = stream.getVideoTracks();
  if (microphone) await session.publish('microphone', microphone);
  if (camera) await session.publish('camera', camera);
}

/** This browser's name among the user's devices: messages that were read here are not new here. */
function keptDeviceId() {
  try {
    const known = localStorage.getItem(DEVICE_KEY);
    if (known) return known;
    const fresh = randomId();
    localStorage.setItem(DEVICE_KEY, fresh);
    return fresh;
  } catch {
    // Not a browser, or one that keeps nothing.
    return randomId();
  }
}

// --- index.js

// What the SDK gives. `parts` is what it is made of, for pages that come with the server; it may change at any time.


const parts = Object.freeze({ Session, Signaling, decode, encode, heldReason });

"""###
}
