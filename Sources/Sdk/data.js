// Messages over data channels. The server relays by label; a channel whose protocol is "to:ID" reaches one peer alone, and
// comes out as "from:ID" there (docs/api.md).

import { CallError } from './endings.js';

const LABEL = 'data';
const CHANNELS_MAX = 32;
const WAITING_MAX = 256;
/** Bytes that may wait in a channel before more is refused. */
const BUFFERED_MAX = 4 * 1024 * 1024;

export class DataLink {
  isWanted;
  #pc = null;
  #channels = new Map();
  #onMessage;
  #isPair = false;

  /** `onMessage({ data, label, from })`: `from` is a peerId, or null for what was sent to everybody. */
  constructor(isWanted, onMessage) {
    this.isWanted = isWanted;
    this.#onMessage = onMessage;
  }

  /** Belongs to this connection from now on; call it before the description that is to have a line for data. */
  open(pc, isPair = true) {
    if (this.#pc === pc) return;
    this.#pc = pc;
    this.#isPair = isPair;
    this.#channels.clear();
    if (!this.isWanted) return;
    pc.ondatachannel = ({ channel }) => { if (this.#pc === pc) this.#receive(channel); };
    this.#channel(LABEL, null, true);
  }

  /** `data`: a string, an ArrayBuffer or a view of one, up to 65536 bytes. */
  send(data, { to = null, label = LABEL, reliable = true } = {}) {
    if (!this.isWanted) throw new CallError('NOT_ALLOWED', 'join with { data: true } to send data');
    if (!this.#pc) throw new CallError('NOT_IN_ROOM', 'there is no connection');
    const entry = this.#channel(label, this.#isPair ? null : to, reliable), { channel } = entry;
    if (channel.readyState === 'open') {
      if (channel.bufferedAmount > BUFFERED_MAX) throw new CallError('RATE_LIMITED', 'the connection does not carry so much');
      channel.send(data);
    } else if (channel.readyState === 'connecting' && entry.waiting.length < WAITING_MAX) {
      entry.waiting.push(data);
    } else {
      throw new CallError('MEDIA_FAILED', 'the data channel is not open');
    }
  }

  close() {
    this.#pc = null;
    this.#channels.clear();
  }

  #channel(label, to, reliable) {
    const key = `${reliable} ${to ?? ''} ${label}`, known = this.#channels.get(key);
    if (known && known.channel.readyState !== 'closed') return known;
    if (this.#channels.size >= CHANNELS_MAX) throw new CallError('NOT_ALLOWED', `there are ${CHANNELS_MAX} data channels at most`);
    const channel = this.#pc.createDataChannel(label, {
      protocol: to ? `to:${to}` : '', ordered: reliable, ...(reliable ? {} : { maxRetransmits: 0 }),
    });
    const entry = { channel, waiting: [] };
    this.#channels.set(key, entry);
    channel.onopen = () => { for (const data of entry.waiting.splice(0)) channel.send(data); };
    this.#receive(channel);
    return entry;
  }

  #receive(channel) {
    channel.binaryType = 'arraybuffer';
    const from = channel.protocol.startsWith('from:') ? channel.protocol.slice(5) : null;
    channel.onmessage = ({ data }) => this.#onMessage({ data, label: channel.label, from });
  }
}
