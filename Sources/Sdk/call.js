// What a customer's page sees: one call, its events, and MediaStreams.

import { randomId } from './chat.js';
import { CallError, ErrorCode } from './endings.js';
import { socketUrl } from './places.js';
import { Session } from './session.js';

/** Names of events; call-sdk.d.ts says what comes with each. */
export const CallEvent = Object.freeze({
  userJoined: 'user-joined', userLeft: 'user-left', trackAdded: 'track-added', trackRemoved: 'track-removed',
  trackChanged: 'track-changed', connectionState: 'connection-state', activeSpeaker: 'active-speaker', message: 'message',
  typing: 'typing', read: 'read', unread: 'unread', data: 'data', error: 'error',
});
const EVENTS = new Set(Object.values(CallEvent));

export const ConnectionState = Object.freeze({
  idle: 'idle', connecting: 'connecting', connected: 'connected', reconnecting: 'reconnecting', ended: 'ended',
});

const DEVICE_KEY = 'call-sdk-device';

/** A client of one server; `join` it to one room at a time. */
export class CallSDK {
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
export const init = options => new CallSDK(options);

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
