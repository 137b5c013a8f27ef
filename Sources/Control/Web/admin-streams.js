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
