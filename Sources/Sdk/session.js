// A stay in a room: the signaling session, the one RTCPeerConnection, what is published and what is received.
//
// The server offers, this end answers; in a room of two see pair.js. What arrives is found by `Tracks`, which says which slot
// (mid) carries whose microphone, camera or screen. After a loss of the socket this end comes back to its session, while media
// goes on; when the session is gone too, it joins anew, with a new connection, and publishes again what was published before.

import { MODE_P2P, Source, heldReason } from './protobuf.js';
import { CallError, PASSING, closingError, refusalError } from './endings.js';
import { PUBLISH_MIDS, findTransceiver, preparePublishing } from './encodings.js';
import { Pair } from './pair.js';
import { Chat } from './chat.js';
import { DataLink } from './data.js';
import { Reach } from './reach.js';
import { Peers } from './peers.js';
import { Places } from './places.js';

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
export class Session extends EventTarget {
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
