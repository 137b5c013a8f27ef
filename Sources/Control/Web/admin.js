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
