// A small protobuf codec for the messages of Sources/Protocol/protos/signaling.proto.
//
// Messages are plain objects. Decoding fills in proto3 defaults, so a reader never meets `undefined` in a scalar field.
// A oneof is a field of its own: `decode` adds `body`, the name of the member that was set, or null. Values of 64 bits
// are numbers: all of them are counters or milliseconds, well below 2^53.

const VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5;

export const Source = Object.freeze({ microphone: 1, camera: 2, screen: 3 });
export const sourceName = number => ['', 'microphone', 'camera', 'screen'][number] || 'unknown';

const ERRORS = ['UNSPECIFIED', 'INVALID_MESSAGE', 'INVALID_TOKEN', 'TOKEN_EXPIRED', 'ROOM_FULL', 'NOT_IN_ROOM',
  'ALREADY_IN_ROOM', 'NOT_ALLOWED', 'RATE_LIMITED', 'INTERNAL', 'NOT_FOUND'];
export const errorName = number => ERRORS[number] || `ERROR_${number}`;

const REASONS = ['UNSPECIFIED', 'LEFT', 'DRAINING', 'REPLACED', 'REMOVED', 'TIMEOUT', 'INTERNAL', 'MOVED', 'UNAVAILABLE'];
export const reasonName = number => REASONS[number] || `REASON_${number}`;

/** The number of ROOM_MODE_P2P. */
export const MODE_P2P = 2;

const HELD = ['', 'bandwidth', 'notShown'];
/** Why a slot gets nothing: "" when it does. */
export const heldReason = number => HELD[number] ?? 'unknown';

// number: [name, type, list?]. A type that is not a scalar is the name of a message.
const SCHEMA = {
  Empty: {},
  Join: {
    1: ['token', 'string'], 2: ['audioSlots', 'uint'], 3: ['videoSlots', 'uint'], 4: ['dataChannels', 'bool'],
    5: ['resume', 'string'], 6: ['resumeToken', 'string'], 7: ['deviceId', 'string'], 8: ['roomId', 'string'],
    9: ['appId', 'string'],
  },
  Answer: { 1: ['version', 'uint'], 2: ['sdp', 'string'] },
  Publish: { 1: ['source', 'uint'], 2: ['on', 'bool'], 3: ['muted', 'bool'] },
  SetMuted: { 1: ['source', 'uint'], 2: ['muted', 'bool'] },
  SelectLayer: { 1: ['mid', 'string'], 2: ['maxSpatial', 'uint'], 3: ['paused', 'bool'] },
  SetView: { 1: ['mid', 'string'], 2: ['width', 'uint'], 3: ['height', 'uint'], 4: ['pinned', 'bool'] },
  Pin: { 1: ['peerId', 'string'], 2: ['source', 'uint'], 3: ['on', 'bool'] },
  Subscribe: { 1: ['peerId', 'string'], 2: ['source', 'uint'], 3: ['on', 'bool'] },
  Ice: {
    1: ['candidate', 'string'], 2: ['sdpMid', 'string'], 3: ['sdpMLineIndex', 'uint'], 4: ['usernameFragment', 'string'],
  },
  ChatSend: { 1: ['text', 'string'], 2: ['toUserId', 'string'], 3: ['clientId', 'string'] },
  ChatEdit: { 1: ['messageId', 'string'], 2: ['text', 'string'] },
  ChatDelete: { 1: ['messageId', 'string'] },
  ChatReact: { 1: ['messageId', 'string'], 2: ['reaction', 'string'], 3: ['on', 'bool'] },
  ChatTyping: { 1: ['on', 'bool'], 2: ['toUserId', 'string'] },
  ChatRead: { 1: ['number', 'uint'], 2: ['userId', 'string'] },
  ChatHistory: { 1: ['before', 'uint'], 2: ['limit', 'uint'], 3: ['userId', 'string'] },
  ChatAcknowledge: { 1: ['change', 'uint'], 2: ['userId', 'string'] },
  Ping: { 1: ['clientTimeMs', 'uint'] },
  Member: { 1: ['peerId', 'string'], 2: ['name', 'string'], 3: ['userId', 'string'] },
  Joined: {
    1: ['peerId', 'string'], 2: ['room', 'string'], 3: ['name', 'string'], 4: ['serverTimeMs', 'uint'],
    5: ['heartbeatSeconds', 'uint'], 6: ['members', 'Member', true], 7: ['mayPublish', 'bool'],
    8: ['resumed', 'bool'], 9: ['resumeToken', 'string'], 10: ['resumeSeconds', 'uint'], 11: ['mode', 'uint'],
    12: ['userId', 'string'], 13: ['hosts', 'string', true],
  },
  Offer: { 1: ['version', 'uint'], 2: ['sdp', 'string'] },
  Track: { 1: ['mid', 'string'], 2: ['peerId', 'string'], 3: ['source', 'uint'], 4: ['muted', 'bool'] },
  Tracks: { 1: ['tracks', 'Track', true] },
  PeerJoined: { 1: ['member', 'Member'] },
  PeerLeft: { 1: ['peerId', 'string'] },
  TrackChanged: { 1: ['peerId', 'string'], 2: ['source', 'uint'], 3: ['muted', 'bool'] },
  ActiveSpeaker: { 1: ['peerId', 'string'] },
  Held: { 1: ['mid', 'string'], 2: ['reason', 'uint'] },
  Pong: { 1: ['clientTimeMs', 'uint'], 2: ['serverTimeMs', 'uint'] },
  LayerStats: { 1: ['packets', 'uint'], 2: ['bytes', 'uint'], 3: ['packetsLost', 'uint'], 4: ['bitsPerSecond', 'uint'] },
  Layers: { 1: ['simulcast', 'uint'], 2: ['spatial', 'uint'], 3: ['temporal', 'uint'] },
  ProducerStats: {
    1: ['source', 'uint'], 2: ['layers', 'LayerStats', true], 3: ['nacksSent', 'uint'],
    4: ['keyframesRequested', 'uint'],
  },
  ConsumerStats: {
    1: ['mid', 'string'], 2: ['packets', 'uint'], 3: ['bytes', 'uint'], 4: ['retransmitted', 'uint'],
    5: ['nacksReceived', 'uint'], 6: ['layer', 'uint'], 7: ['fractionLost', 'float'],
    8: ['sent', 'Layers'], 9: ['wanted', 'Layers'], 10: ['held', 'uint'],
  },
  Stats: {
    1: ['packetsReceived', 'uint'], 2: ['bytesReceived', 'uint'], 3: ['packetsSent', 'uint'], 4: ['bytesSent', 'uint'],
    5: ['roundTripUs', 'uint'], 6: ['srtpProfile', 'string'], 7: ['producers', 'ProducerStats', true],
    8: ['consumers', 'ConsumerStats', true], 9: ['estimateBps', 'uint'], 10: ['allocatedBps', 'uint'],
    11: ['paceBps', 'uint'],
  },
  Refusal: { 1: ['code', 'uint'], 2: ['message', 'string'], 3: ['requestId', 'uint'] },
  Closing: { 1: ['reason', 'uint'], 2: ['retryAfterMs', 'uint'], 3: ['url', 'string'] },
  ChatMessage: {
    1: ['messageId', 'string'], 2: ['number', 'uint'], 3: ['change', 'uint'], 4: ['fromUserId', 'string'],
    5: ['fromName', 'string'], 6: ['toUserId', 'string'], 7: ['text', 'string'], 8: ['sentMs', 'uint'],
    9: ['editedMs', 'uint'], 10: ['deletedMs', 'uint'], 11: ['reactions', 'ChatReaction', true],
    12: ['clientId', 'string'],
  },
  ChatReaction: { 1: ['reaction', 'string'], 2: ['userIds', 'string', true] },
  ChatPage: {
    1: ['messages', 'ChatMessage', true], 2: ['hasMore', 'bool'], 3: ['pending', 'bool'], 4: ['unread', 'uint'],
    5: ['marks', 'ChatMark', true], 6: ['userId', 'string'], 7: ['last', 'bool'],
  },
  ChatIsTyping: { 1: ['userId', 'string'], 2: ['name', 'string'], 3: ['on', 'bool'], 4: ['toMe', 'bool'] },
  ChatMark: { 1: ['userId', 'string'], 2: ['number', 'uint'], 3: ['toMe', 'bool'] },
  ClientMessage: {
    1: ['requestId', 'uint'], 2: ['join', 'Join'], 3: ['answer', 'Answer'], 4: ['publish', 'Publish'],
    5: ['setMuted', 'SetMuted'], 6: ['selectLayer', 'SelectLayer'], 7: ['iceRestart', 'Empty'],
    8: ['statsRequest', 'Empty'], 9: ['ping', 'Ping'], 10: ['leave', 'Empty'], 11: ['setView', 'SetView'],
    13: ['pin', 'Pin'], 14: ['offer', 'Offer'], 15: ['ice', 'Ice'], 16: ['subscribe', 'Subscribe'],
    20: ['chatSend', 'ChatSend'], 21: ['chatEdit', 'ChatEdit'], 22: ['chatDelete', 'ChatDelete'],
    23: ['chatReact', 'ChatReact'], 24: ['chatTyping', 'ChatTyping'], 25: ['chatRead', 'ChatRead'],
    26: ['chatHistory', 'ChatHistory'], 27: ['chatAcknowledge', 'ChatAcknowledge'],
  },
  ServerMessage: {
    1: ['requestId', 'uint'], 2: ['joined', 'Joined'], 3: ['offer', 'Offer'], 4: ['tracks', 'Tracks'],
    5: ['peerJoined', 'PeerJoined'], 6: ['peerLeft', 'PeerLeft'], 7: ['trackChanged', 'TrackChanged'],
    8: ['activeSpeaker', 'ActiveSpeaker'], 9: ['pong', 'Pong'], 10: ['stats', 'Stats'], 11: ['refusal', 'Refusal'],
    12: ['closing', 'Closing'], 13: ['held', 'Held'], 14: ['answer', 'Answer'], 15: ['ice', 'Ice'],
    16: ['iceRestart', 'Empty'], 20: ['chatMessage', 'ChatMessage'], 21: ['chatPage', 'ChatPage'],
    22: ['chatIsTyping', 'ChatIsTyping'], 23: ['chatMark', 'ChatMark'],
  },
};

const DEFAULTS = { uint: 0, bool: false, string: '', float: 0 };
const WIRE_TYPES = { uint: VARINT, bool: VARINT, string: BYTES, float: FIXED32 };
const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder();

/** Bytes of `value` as the message called `type`. */
export function encode(type, value) {
  const out = [];
  writeMessage(out, SCHEMA[type], value);
  return Uint8Array.from(out);
}

/** The object in `bytes`, a Uint8Array. Throws a RangeError when the bytes are cut off or malformed. */
export function decode(type, bytes) {
  return readMessage(new Reader(bytes), type);
}

function writeMessage(out, fields, value) {
  for (const [number, [name, type, list]] of Object.entries(fields)) {
    const field = value[name];
    if (field === undefined || field === null) continue;
    for (const item of list ? field : [field]) {
      // proto3: a scalar that has its default value is not written; a message that is set always is.
      if (item === DEFAULTS[type] && !list) continue;
      writeVarint(out, Number(number) * 8 + (WIRE_TYPES[type] ?? BYTES));
      writeValue(out, type, item);
    }
  }
}

function writeValue(out, type, item) {
  switch (type) {
    case 'uint': return writeVarint(out, item);
    case 'bool': return writeVarint(out, item ? 1 : 0);
    case 'string': return writeBytes(out, utf8Encoder.encode(item));
    case 'float': return out.push(...new Uint8Array(new Float32Array([item]).buffer));
    default: {
      const inner = [];
      writeMessage(inner, SCHEMA[type], item);
      writeBytes(out, inner);
    }
  }
}

function writeBytes(out, bytes) {
  writeVarint(out, bytes.length);
  for (const byte of bytes) out.push(byte);
}

// Division, not shifts: the operators of the language cut numbers to 32 bits.
function writeVarint(out, number) {
  if (!(number >= 0 && Number.isSafeInteger(number))) throw new RangeError(`not an unsigned integer: ${number}`);
  while (number > 127) {
    out.push((number % 128) | 128);
    number = Math.floor(number / 128);
  }
  out.push(number);
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.offset = 0;
  }

  get atEnd() { return this.offset >= this.bytes.length; }

  take(count) {
    if (count > this.bytes.length - this.offset) throw new RangeError('message is cut off');
    this.offset += count;
    return this.bytes.subarray(this.offset - count, this.offset);
  }

  varint() {
    let value = 0, scale = 1;
    for (let count = 0; count < 10; count += 1) {
      const byte = this.take(1)[0];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new RangeError('varint is too long');
  }

  skip(wireType) {
    switch (wireType) {
      case VARINT: this.varint(); break;
      case FIXED64: this.take(8); break;
      case BYTES: this.take(this.varint()); break;
      case FIXED32: this.take(4); break;
      default: throw new RangeError(`wire type ${wireType}`);
    }
  }
}

function emptyMessage(fields) {
  const message = {};
  for (const [name, type, list] of Object.values(fields)) message[name] = list ? [] : DEFAULTS[type] ?? null;
  return message;
}

function readMessage(reader, type) {
  const fields = SCHEMA[type], message = emptyMessage(fields);
  if (type === 'ClientMessage' || type === 'ServerMessage') message.body = null;
  while (!reader.atEnd) {
    const tag = reader.varint(), wireType = tag % 8, field = fields[Math.floor(tag / 8)];
    if (!field || wireType !== (WIRE_TYPES[field[1]] ?? BYTES)) {
      reader.skip(wireType);
      continue;
    }
    const [name, fieldType, list] = field, value = readValue(reader, fieldType);
    if (list) message[name].push(value);
    else message[name] = value;
    if ('body' in message && !(fieldType in DEFAULTS)) message.body = name;
  }
  return message;
}

function readValue(reader, type) {
  switch (type) {
    case 'uint': return reader.varint();
    case 'bool': return reader.varint() !== 0;
    case 'string': return utf8Decoder.decode(reader.take(reader.varint()));
    case 'float': {
      const bytes = reader.take(4);
      return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
    }
    default: return readMessage(new Reader(reader.take(reader.varint())), type);
  }
}
