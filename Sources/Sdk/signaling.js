// One WebSocket with the server: messages out, messages in as events, heartbeats. It does not reconnect by itself: its owner
// opens another one and comes back to the session (see session.js).

import { decode, encode } from './protobuf.js';

const CONNECT_TIMEOUT_MS = 10_000;
const MISSED_HEARTBEATS_MAX = 3;

/**
 * Events: "message" (detail: a decoded ServerMessage, `detail.body` names the member that is set) and "closed" (detail:
 * {code, reason}), which comes exactly once.
 */
export class Signaling extends EventTarget {
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
export class Refused extends Error {
  constructor(refusal) {
    super(refusal.message || 'refused');
    this.code = refusal.code;
  }
}
