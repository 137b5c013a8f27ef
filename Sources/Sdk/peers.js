// Who is in the room, what the slots carry, and what was asked of the slots.

import { sourceName } from './protobuf.js';

export class Peers {
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
