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
