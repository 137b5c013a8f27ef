// A stay in a room: the signaling session, the one RTCPeerConnection, what is published and what is received.
//
// The server offers, this end answers. What arrives is found by `Tracks`, which says which slot (mid) carries whose
// microphone, camera or screen. After a loss the session joins anew, with a new connection, and publishes again what was
// published before. When this end has moved to another address, the stay goes on by another socket, with its connection.

import { SessionEnded, closingError, refusalError } from './endings.js';
import { Source, heldReason, sourceName } from './protobuf.js';
import { Signaling } from './signaling.js';
import { SilenceWatch } from './silence.js';

/** The m-lines that the server's first offer sets aside for this client's own sources. */
const PUBLISH_MIDS = { microphone: '0', camera: '1', screen: '2' };
/** Simulcast rids from the smallest picture up, with what each may use. */
const CAMERA_LAYERS = {
  q: { scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  h: { scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  f: { scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
};
const SCREEN_BITRATE = 2_500_000;
const BACKOFF_MS = { first: 500, factor: 2, most: 10_000 };
/** How long ICE may be "disconnected" before new credentials are asked for, and how long those may take. */
const ICE_PATIENCE_MS = 4_000;
const ICE_RESTART_PATIENCE_MS = 10_000;
/** How long the server may take to answer before its socket counts as dead. */
const PONG_PATIENCE_MS = 300;

/**
 * Events: "state" (idle, joining, joined, reconnecting, ended), "peers" (who is there, what they publish, who speaks),
 * "local" (own sources), "connection" (of the RTCPeerConnection), "notice" (detail: text), "channel" (detail: {channel, from}: an
 * RTCDataChannel that another member's message opened; `from` is who writes to this end alone, or "").
 */
export class Session extends EventTarget {
  state = 'idle';
  /** {peerId, room, name, mayPublish} after the first Joined. */
  self = null;
  /** peerId → {id, name, sources: Map(source name → {mid, muted, track, held})}; `held` says why nothing comes, or "". */
  peers = new Map();
  speaker = '';
  /** source name → {track, muted} of what this end publishes. */
  local = new Map();
  pc = null;
  signaling = null;
  /** The SessionEnded when state is "ended". */
  ending = null;
  /** How often a lost session was joined anew, and how often it went on by another socket. */
  reconnects = 0;
  resumptions = 0;

  #url;
  #getToken;
  #hasChannels;
  #slots = [];
  #work = Promise.resolve();
  #hasAnswered = false;
  #iceTimer = null;
  #layers = new Map();
  #views = new Map();
  #held = new Map();
  #isReaching = false;
  #silence = new SilenceWatch(() => this.pc, () => this.#reachAgain());
  #networkChanged = () => this.#reachAgain();

  /**
   * `url`: of the WebSocket. `getToken(renew)`: resolves with a JWT; asked again with `true` when one was refused. `channels`:
   * whether there are to be data channels.
   */
  constructor(url, getToken, { channels = false } = {}) {
    super();
    this.#url = url;
    this.#getToken = getToken;
    this.#hasChannels = channels;
  }

  /** Joins the room. Resolves when the server has let us in, rejects with a SessionEnded when it does not. */
  async join() {
    this.#setState('joining');
    try {
      await this.#enter();
      this.#silence.start();
      addEventListener('online', this.#networkChanged);
      navigator.connection?.addEventListener?.('change', this.#networkChanged);
    } catch (error) {
      this.#end(error instanceof SessionEnded ? error : new SessionEnded('UNREACHABLE', error.message));
      throw this.ending;
    }
  }

  leave() {
    if (this.state === 'ended') return;
    this.signaling?.send({ leave: {} });
    this.#end(new SessionEnded('LEFT', 'You left the room.'));
  }

  /** Publishes `track` as `source` ("microphone", "camera", "screen"); replaces what was published there. */
  async publish(source, track, muted = false) {
    this.local.get(source)?.track.stop();
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
    published.track.stop();
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

  /** Limits what the slot of a received video carries: 0, 1 or 2 for simulcast layers q, h, f. */
  selectLayer(mid, maxSpatial, paused = false) {
    const wish = `${maxSpatial} ${paused}`;
    if (this.#layers.get(mid) === wish) return;
    this.#layers.set(mid, wish);
    this.signaling?.send({ selectLayer: { mid, maxSpatial, paused } });
  }

  /** Says how large the slot of a received video is shown, in pixels of the screen; 0 by 0 for not at all. */
  setView(mid, width, height, pinned = false) {
    const view = `${width} ${height} ${pinned}`;
    if (this.#views.get(mid) === view) return;
    this.#views.set(mid, view);
    this.signaling?.send({ setView: { mid, width, height, pinned } });
  }

  /** Keeps a slot for one source of another member, whoever speaks. */
  pin(peerId, source, on = true) {
    this.signaling?.send({ pin: { peerId, source: Source[source], on } });
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
    const token = await this.#getToken(renewToken);
    const signaling = await Signaling.open(this.#url);
    if (this.state === 'ended') return signaling.close();
    this.#startOver(signaling);
    try {
      await this.#sendJoin(signaling, token);
    } catch (error) {
      if (this.signaling === signaling) this.signaling = null;
      signaling.close();
      // A server that was started anew with another secret: its old tokens are worth nothing.
      if (!renewToken && ['INVALID_TOKEN', 'TOKEN_EXPIRED'].includes(error.code)) return this.#enter(true);
      throw error;
    }
  }

  /** Forgets what belonged to the session before. */
  #startOver(signaling) {
    this.pc?.close();
    this.peers.clear();
    this.speaker = '';
    this.#slots = [];
    for (const known of [this.#layers, this.#views, this.#held]) known.clear();
    clearTimeout(this.#iceTimer);
    this.#iceTimer = null;
    this.signaling = signaling;
    this.pc = this.#makeConnection();
    this.#work = Promise.resolve();
    this.#hasAnswered = false;
  }

  /** `resume`: the peer id of the stay that is to go on; the server may begin a new one all the same. */
  #sendJoin(signaling, token, resume = '') {
    return new Promise((resolve, reject) => {
      signaling.addEventListener('message', ({ detail: message }) => {
        if (this.signaling !== signaling) return;
        if (message.body === 'joined' && resume) this.#cameBack(signaling, message.joined.resumed);
        if (message.body === 'joined') resolve();
        if (message.body === 'refusal') reject(refusalError(message.refusal));
        if (message.body === 'closing') reject(closingError(message.closing));
        this.#receive(message);
      });
      signaling.addEventListener('closed', ({ detail }) => {
        reject(new Error(detail.reason || 'the server closed the connection'));
        if (this.signaling === signaling) this.#lost(detail.reason || 'The connection to the server was lost.');
      });
      signaling.send({ requestId: 0, join: { token, resume, dataChannels: this.#hasChannels } });
    });
  }

  /**
   * Nothing comes any more, or the network is another one. When the server still answers by the socket, new ICE credentials
   * are enough. When it does not, this end has probably moved, and the stay goes on by a new socket.
   */
  async #reachAgain() {
    const { signaling } = this;
    if (this.state !== 'joined' || !signaling || this.#isReaching) return;
    this.#isReaching = true;
    // Begun at once: it takes as long as the question does.
    const opening = Signaling.open(this.#url);
    opening.catch(() => {}); // Looked at below, or not at all.
    try {
      if (await signaling.answers(PONG_PATIENCE_MS)) {
        signaling.send({ iceRestart: {} });
        opening.then(spare => spare.close(), () => {});
      } else {
        await this.#resume(signaling, opening);
      }
    } finally {
      this.#isReaching = false;
    }
  }

  async #resume(old, opening) {
    let token, signaling;
    try {
      token = await this.#getToken(false);
      signaling = await opening;
    } catch {
      return; // Whether the old socket is dead is for its heartbeat to say.
    }
    if (this.state !== 'joined' || this.signaling !== old) return signaling.close();
    this.signaling = signaling;
    old.close();
    try {
      await this.#sendJoin(signaling, token, this.self.peerId);
    } catch (error) {
      if (this.signaling === signaling) this.#lost(error.message);
    }
  }

  /** The server has let us in by another socket. What was said by the old one may not have arrived. */
  #cameBack(signaling, isResumed) {
    if (!isResumed) {
      this.#startOver(signaling);
      this.reconnects += 1;
      return;
    }
    this.resumptions += 1;
    for (const known of [this.#layers, this.#views, this.#held]) known.clear();
    for (const source of Object.keys(PUBLISH_MIDS)) {
      const published = this.local.get(source);
      signaling.send({ publish: { source: Source[source], on: Boolean(published), muted: published?.muted ?? false } });
      if (published) signaling.send({ setMuted: { source: Source[source], muted: published.muted } });
    }
  }

  /** The session is gone, not by our wish: try until it works or is refused. */
  async #lost(why, firstDelayMs = 0) {
    if (this.state !== 'joined') return;
    this.#setState('reconnecting');
    this.#notice(why);
    const old = this.signaling;
    this.signaling = null;
    old?.close();
    let delay = firstDelayMs || BACKOFF_MS.first;
    while (this.state === 'reconnecting') {
      await sleep(delay * (0.75 + Math.random() / 2));
      delay = Math.min(delay * BACKOFF_MS.factor, BACKOFF_MS.most);
      if (this.state !== 'reconnecting') return;
      try {
        await this.#enter();
        this.reconnects += 1;
        return;
      } catch (error) {
        if (error instanceof SessionEnded && !['DRAINING', 'INTERNAL', 'RATE_LIMITED'].includes(error.code)) return this.#end(error);
      }
    }
  }

  #end(ending) {
    if (this.state === 'ended') return;
    this.ending = ending;
    const { signaling, pc } = this;
    this.signaling = null;
    clearTimeout(this.#iceTimer);
    this.#silence.stop();
    removeEventListener('online', this.#networkChanged);
    navigator.connection?.removeEventListener?.('change', this.#networkChanged);
    // The socket's closing handshake follows the Leave that is still in its buffer.
    signaling?.close();
    pc?.close();
    for (const { track } of this.local.values()) track.stop();
    this.local.clear();
    this.peers.clear();
    this.#setState('ended');
    this.#changed('peers');
  }

  // --- what the server says -------------------------------------------------------------------------------------------

  #receive(message) {
    const body = message[message.body];
    switch (message.body) {
      case 'joined': return this.#joined(body);
      case 'offer': return this.#queue(() => this.#answer(body));
      case 'tracks': this.#slots = body.tracks; return this.#bindSlots();
      case 'peerJoined': this.#addPeer(body.member); return this.#changed('peers');
      case 'peerLeft': this.peers.delete(body.peerId); return this.#changed('peers');
      case 'trackChanged': return this.#trackChanged(body);
      case 'activeSpeaker': this.speaker = body.peerId; return this.#changed('peers');
      case 'held': return this.#slotHeld(body);
      case 'refusal': if (this.state === 'joined') this.#notice(refusalError(body).message); return undefined;
      case 'closing': return this.#closing(body);
      default: return undefined;
    }
  }

  #joined({ peerId, room, name, mayPublish, heartbeatSeconds, members }) {
    this.self = { peerId, room, name, mayPublish };
    const present = new Set(members.map(member => member.peerId));
    for (const id of [...this.peers.keys()]) if (!present.has(id)) this.peers.delete(id);
    for (const member of members) this.#addPeer(member);
    this.signaling.startHeartbeat(heartbeatSeconds || 10);
    this.#setState('joined');
    this.#changed('peers');
  }

  #addPeer({ peerId, name }) {
    const known = this.peers.get(peerId);
    if (known) known.name = name;
    else this.peers.set(peerId, { id: peerId, name, sources: new Map() });
  }

  #trackChanged({ peerId, source, muted }) {
    const slot = this.#slots.find(slot => slot.peerId === peerId && slot.source === source);
    if (slot) slot.muted = muted;
    const known = this.peers.get(peerId)?.sources.get(sourceName(source));
    if (known) known.muted = muted;
    this.#changed('peers');
  }

  #closing(closing) {
    const error = closingError(closing);
    if (['DRAINING', 'TIMEOUT', 'INTERNAL'].includes(error.code)) this.#lost(error.message, closing.retryAfterMs);
    else this.#end(error);
  }

  // --- the peer connection --------------------------------------------------------------------------------------------

  #makeConnection() {
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    pc.onconnectionstatechange = () => { if (this.pc === pc) this.#connectionChanged(); };
    pc.ondatachannel = ({ channel }) => {
      const [, from = ''] = /^from:(.*)$/.exec(channel.protocol) ?? [];
      this.dispatchEvent(new CustomEvent('channel', { detail: { channel, from } }));
    };
    return pc;
  }

  /** Offers are applied one after the other; an offer of a session that is over is dropped. */
  #queue(step) {
    const { pc } = this;
    this.#work = this.#work.then(async () => {
      if (this.pc !== pc || this.state === 'ended') return;
      try {
        await step();
      } catch (error) {
        if (this.pc !== pc) return;
        console.error('an offer cannot be applied:', error);
        this.#lost('The connection could not be set up.');
      }
    });
  }

  async #answer({ version, sdp }) {
    const { pc, signaling } = this;
    await pc.setRemoteDescription({ type: 'offer', sdp });
    await this.#preparePublishing(pc);
    await pc.setLocalDescription();
    signaling.send({ answer: { version, sdp: pc.localDescription.sdp } });
    this.#bindSlots();
    if (this.#hasAnswered) return;
    this.#hasAnswered = true;
    for (const source of [...this.local.keys()]) await this.#attach(source);
  }

  /** Takes the server's three publishing lines, with or without a device behind them. */
  async #preparePublishing(pc) {
    for (const [source, mid] of Object.entries(PUBLISH_MIDS)) {
      const transceiver = findTransceiver(pc, mid);
      if (!transceiver || transceiver.direction === 'sendonly') continue;
      transceiver.direction = 'sendonly';
      if (source === 'camera') await limitLayers(transceiver.sender);
      if (source === 'screen') await limitEncodings(transceiver.sender, () => ({ maxBitrate: SCREEN_BITRATE }));
    }
  }

  #sender(source) {
    return this.pc && findTransceiver(this.pc, PUBLISH_MIDS[source])?.sender;
  }

  /** Puts a published track on its sender and tells the server; #answer does it for what is published too early for that. */
  async #attach(source) {
    const sender = this.#sender(source), published = this.local.get(source);
    if (!this.#hasAnswered || !sender || !published || !this.self.mayPublish) return;
    if (sender.track !== published.track) await sender.replaceTrack(published.track);
    if (this.local.get(source) !== published) return;
    this.signaling?.send({ publish: { source: Source[source], on: true, muted: published.muted } });
  }

  /** Makes `peers` say what the last Tracks said. */
  #bindSlots() {
    this.#forgetMovedSlots();
    for (const peer of this.peers.values()) peer.sources = new Map();
    for (const { mid, peerId, source, muted } of this.#slots) {
      const peer = this.peers.get(peerId), track = findTransceiver(this.pc, mid)?.receiver.track;
      if (peer && track) peer.sources.set(sourceName(source), { mid, muted, track, held: this.#held.get(mid) ?? '' });
    }
    this.#changed('peers');
  }

  #owners = new Map();
  /** What was said of a slot is not true of another track: see SelectLayer, SetView and Held in signaling.proto. */
  #forgetMovedSlots() {
    const owners = new Map(this.#slots.map(slot => [slot.mid, `${slot.peerId} ${slot.source}`]));
    for (const known of [this.#layers, this.#views, this.#held]) {
      for (const mid of known.keys()) if (owners.get(mid) !== this.#owners.get(mid)) known.delete(mid);
    }
    this.#owners = owners;
  }

  #slotHeld({ mid, reason }) {
    this.#held.set(mid, heldReason(reason));
    for (const { sources } of this.peers.values()) {
      for (const slot of sources.values()) if (slot.mid === mid) slot.held = heldReason(reason);
    }
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
    this.#reachAgain();
    this.#iceTimer = setTimeout(() => {
      if (this.pc?.connectionState !== 'connected') this.#lost('The media connection was lost.');
    }, ICE_RESTART_PATIENCE_MS);
  }

  #setState(state) {
    if (this.state === state) return;
    this.state = state;
    this.#changed('state');
  }

  #changed(what) { this.dispatchEvent(new Event(what)); }
  #notice(text) { this.dispatchEvent(new CustomEvent('notice', { detail: text })); }
}

const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
const findTransceiver = (pc, mid) => pc.getTransceivers().find(transceiver => transceiver.mid === mid);

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
