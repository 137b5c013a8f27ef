// The overlay with connection numbers: what getStats says, once a second while it is open.

import { parts } from './sdk/call-sdk.js';
import { StatsReader } from './stats.js';

const PERIOD_MS = 1000;

export class Numbers {
  #session;
  #element;
  #timer = null;
  #reader = new StatsReader();

  constructor(session, element) {
    this.#session = session;
    this.#element = element;
  }

  get isOpen() { return this.#timer !== null; }

  toggle() {
    if (this.isOpen) return this.close();
    this.#element.hidden = false;
    this.#timer = setInterval(() => this.#refresh(), PERIOD_MS);
    this.#refresh();
  }

  close() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#element.hidden = true;
  }

  async #refresh() {
    const { pc } = this.#session;
    if (!pc || pc.connectionState === 'closed') return;
    const [{ connection, sent, received }, server] = await Promise.all([this.#reader.read(pc), this.#serverStats()]);
    if (!this.isOpen) return;
    const slots = new Map((server?.consumers ?? []).map(slot => [slot.mid, slot]));
    this.#element.replaceChildren(
      heading('Connection'), table([
        ['State', connection.state], ['Round trip', unit(connection.roundTripMs, 'ms')],
        ['Sending', unit(connection.sendKbps, 'kbit/s')], ['Receiving', unit(connection.receiveKbps, 'kbit/s')],
        ['Could send', unit(connection.availableKbps, 'kbit/s')], ['Could receive', kbps(server?.estimateBps)],
        ['Given', kbps(server?.allocatedBps)], ['Pace', kbps(server?.paceBps)],
        ['Server', connection.remote], ['SRTP', connection.srtp],
      ].filter(([, value]) => value)),
      heading('Sending'), table(sent.filter(stream => stream.kbps).map(stream => this.#sentRow(stream))),
      heading('Receiving'), table(received.filter(stream => this.#owner(stream.mid))
        .map(stream => this.#receivedRow(stream, slots.get(stream.mid)))),
    );
  }

  /** The server's numbers; null while the connection is being made anew. */
  async #serverStats() {
    try {
      return await this.#session.serverStats();
    } catch {
      return null;
    }
  }

  #sentRow(stream) {
    const source = { 0: 'microphone', 1: 'camera', 2: 'screen' }[stream.mid] ?? stream.kind;
    return [`${source} ${stream.rid ?? ''}`, stream.codec, picture(stream), unit(stream.kbps, 'kbit/s'),
      loss(stream.lossPercent), stream.limitedBy && `limited by ${stream.limitedBy}`];
  }

  #receivedRow(stream, slot) {
    return [this.#owner(stream.mid), stream.codec, picture(stream), unit(stream.kbps, 'kbit/s'), loss(stream.lossPercent),
      unit(stream.jitterMs, 'ms jitter'), stream.freezes ? `${stream.freezes} freezes` : '',
      stream.kind === 'video' ? layerText(slot) : ''];
  }

  #owner(mid) {
    for (const { name, sources } of this.#session.peers.values()) {
      for (const [source, slot] of sources) if (slot.mid === mid) return `${name}, ${source}`;
    }
    return null;
  }
}

const unit = (value, name) => value === undefined ? '' : `${Math.round(value)} ${name}`;
const kbps = bits => bits ? unit(bits / 1000, 'kbit/s') : '';
const layerName = layers => layers ? `${['q', 'h', 'f'][layers.simulcast]} S${part(layers.spatial)} T${part(layers.temporal)}` : 'none';
/** 3 stands for all there are. */
const part = number => number === 3 ? '*' : number;

/** What the server sends on a slot, and what it is about to send; or why nothing. */
function layerText(slot) {
  if (!slot) return '';
  if (slot.held) return `held: ${parts.heldReason(slot.held)}`;
  const [sent, wanted] = [layerName(slot.sent), layerName(slot.wanted)];
  return sent === wanted ? sent : `${sent} → ${wanted}`;
}

const loss = percent => percent === undefined ? '' : `${percent.toFixed(1)} % lost`;
const picture = ({ width, height, framesPerSecond }) => width ? `${width}×${height} ${Math.round(framesPerSecond ?? 0)}/s` : '';

function heading(text) {
  const element = document.createElement('h3');
  element.textContent = text;
  return element;
}

/** Rows of cells; the first cell of each is its heading. */
function table(rows) {
  const element = document.createElement('table');
  for (const [name, ...values] of rows) {
    const row = element.insertRow();
    row.append(Object.assign(document.createElement('th'), { textContent: name, scope: 'row' }));
    for (const value of values) row.insertCell().textContent = value ?? '';
  }
  if (!rows.length) element.insertRow().insertCell().textContent = 'nothing';
  return element;
}
