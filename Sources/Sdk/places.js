// Where the server is: the address that was given, and the hosts that it has named since.

import { CallError } from './endings.js';
import { Signaling } from './signaling.js';

const HOPS_MAX = 5;
/** With others to try, an address that does not answer is given up sooner. */
const CONNECT_MS = { alone: 10_000, among: 3_000 };

/** Of an http(s) or ws(s) address: its WebSocket's. */
export function socketUrl(address) {
  const url = new URL(address, globalThis.location?.href);
  url.protocol = { 'http:': 'ws:', 'https:': 'wss:' }[url.protocol] ?? url.protocol;
  if (!url.pathname.endsWith('/ws')) url.pathname = `${url.pathname.replace(/\/$/, '')}/ws`;
  url.hash = '';
  return url.href;
}

export class Places {
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
