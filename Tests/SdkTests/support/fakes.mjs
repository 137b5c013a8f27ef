// A server at the other end of fake sockets, and peer connections that do as they are told.

import { decode, encode } from '../../../Sources/Sdk/protobuf.js';
import { Clock, settle } from './clock.mjs';

globalThis.CustomEvent ??= class extends Event {
  constructor(name, options = {}) {
    super(name);
    this.detail = options.detail ?? null;
  }
};
if (!globalThis.crypto) globalThis.crypto = (await import('node:crypto')).webcrypto;
// What the SDK says to the developer is no part of a test's output.
for (const name of ['error', 'warn']) console[name] = () => {};

export class FakeSocket {
  static OPEN = 1;
  static all = [];
  /** Whether new sockets reach the server. */
  static isReachable = true;
  /** Addresses that nobody answers at. */
  static dead = [];
  /** Whether a Ping that is a question is answered. */
  static answers = true;
  readyState = 0;
  sent = [];
  closedWith = null;

  constructor(url) {
    this.url = url;
    FakeSocket.all.push(this);
    queueMicrotask(() => {
      if (!FakeSocket.isReachable || FakeSocket.dead.includes(url)) return this.drop();
      this.readyState = 1;
      this.onopen?.();
    });
  }

  send(bytes) {
    const message = decode('ClientMessage', bytes);
    this.sent.push(message);
    if (message.body === 'ping' && message.requestId && FakeSocket.answers) {
      queueMicrotask(() => this.say({ requestId: message.requestId, pong: {} }));
    }
  }

  close(code) {
    this.closedWith ??= { code };
    this.readyState = 3;
  }

  // --- the server's side

  say(message) { this.onmessage?.({ data: encode('ServerMessage', message).buffer }); }

  /** The network, or the server's process, is gone. */
  drop(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code, reason: '' });
  }

  /** Messages of one kind, without their request. */
  got(body) { return this.sent.filter(message => message.body === body).map(message => message[body]); }
  last(body) { return this.sent.filter(message => message.body === body).at(-1); }
}

class FakeTransceiver {
  constructor(mid, kind) {
    this.mid = mid;
    this.direction = 'recvonly';
    this.receiver = { track: fakeTrack(kind, `remote-${mid}`) };
    this.sender = {
      track: null, parameters: { encodings: mid === '1' ? [{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }] : [{}] },
      async replaceTrack(track) { this.track = track; },
      getParameters() { return this.parameters; },
      async setParameters(parameters) { this.parameters = parameters; },
    };
  }
}

/** Its "SDP" is a list of mids and kinds: "0:audio 1:video". */
export class FakePeerConnection {
  static all = [];
  connectionState = 'new';
  signalingState = 'stable';
  transceivers = [];
  channels = [];
  candidates = [];
  restarts = 0;
  localDescription = null;
  remoteDescription = null;

  constructor(configuration) {
    this.configuration = configuration;
    FakePeerConnection.all.push(this);
  }

  getTransceivers() { return this.transceivers; }

  addTransceiver(kind) { this.transceivers.push(new FakeTransceiver(String(this.transceivers.length), kind)); }

  createDataChannel(label, options) {
    const channel = {
      label, protocol: options.protocol, options, readyState: 'connecting', bufferedAmount: 0, sent: [],
      send(data) { this.sent.push(data); },
      open() { this.readyState = 'open'; this.onopen?.(); },
    };
    this.channels.push(channel);
    return channel;
  }

  async createOffer() { return { type: 'offer', sdp: this.#text() }; }

  async setLocalDescription(description) {
    this.localDescription = description ?? { type: 'answer', sdp: this.#text() };
    this.signalingState = this.localDescription.type === 'offer' ? 'have-local-offer' : 'stable';
  }

  async setRemoteDescription(description) {
    if (description.sdp === 'broken') throw new Error('no SDP');
    this.remoteDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    for (const [mid, kind] of description.sdp.split(' ').map(word => word.split(':'))) {
      if (['audio', 'video'].includes(kind) && !this.transceivers.some(known => known.mid === mid)) {
        this.transceivers.push(new FakeTransceiver(mid, kind));
      }
    }
  }

  async addIceCandidate(candidate) { this.candidates.push(candidate); }
  async getStats() { return []; }
  restartIce() { this.restarts += 1; }
  close() { this.connectionState = 'closed'; }

  become(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  #text() { return this.transceivers.map(({ mid, receiver }) => `${mid}:${receiver.track.kind}`).join(' '); }
}

export function fakeTrack(kind, id = kind) {
  return {
    kind, id, enabled: true, stopped: false,
    stop() { this.stopped = true; },
    addEventListener() {},
  };
}

globalThis.MediaStream = class {
  constructor(tracks) { this.tracks = tracks; }
  getTracks() { return this.tracks; }
  getAudioTracks() { return this.tracks.filter(({ kind }) => kind === 'audio'); }
  getVideoTracks() { return this.tracks.filter(({ kind }) => kind === 'video'); }
};

/** Puts the fakes in place, as new. */
export function begin() {
  const clock = new Clock();
  clock.install();
  FakeSocket.all = [];
  FakeSocket.isReachable = FakeSocket.answers = true;
  FakeSocket.dead = [];
  FakePeerConnection.all = [];
  globalThis.WebSocket = FakeSocket;
  globalThis.RTCPeerConnection = FakePeerConnection;
  return clock;
}

/** The socket that is spoken by: one that is opened to be sure says nothing. */
export const socket = () => FakeSocket.all.findLast(({ closedWith }) => !closedWith) ?? FakeSocket.all.at(-1);
export const connection = () => FakePeerConnection.all.at(-1);
export const OFFER = '0:audio 1:video 2:video';

export const JOINED = Object.freeze({
  peerId: 'me', room: 'garden', name: 'Ada', userId: 'u-ada', heartbeatSeconds: 10, mayPublish: true,
  resumeToken: 'secret', resumeSeconds: 30, mode: 1, members: [],
});

/** The server lets a client in and makes its first offer; returns when the client has answered. */
export async function letIn(joined = {}) {
  await settle();
  socket().say({ joined: { ...JOINED, ...joined } });
  if ((joined.mode ?? 1) === 1 && !joined.resumed) socket().say({ offer: { version: 1, sdp: OFFER } });
  await settle();
}

/** Keeps all events of a call, in order: [name, detail]. */
export function record(call, names) {
  const events = [];
  for (const name of names) call.on(name, detail => events.push([name, detail]));
  return events;
}

export { settle };
