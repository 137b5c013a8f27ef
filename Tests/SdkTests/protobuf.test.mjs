import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from '../../Sources/Sdk/protobuf.js';

const hex = bytes => Buffer.from(bytes).toString('hex');

test('bytes are those of the protobuf encoding', () => {
  // ClientMessage{request_id: 300, ping{client_time_ms: 1}}: tag 1 varint 300; tag 9 length 2; tag 1 varint 1.
  assert.equal(hex(encode('ClientMessage', { requestId: 300, ping: { clientTimeMs: 1 } })), '08ac024a020801');
  // ClientMessage{chat_send{text: "hi"}}: field 20 takes a tag of two bytes.
  assert.equal(hex(encode('ClientMessage', { chatSend: { text: 'hi' } })), 'a201040a026869');
});

test('what is written is read as it was', () => {
  const message = {
    messageId: 'msg_1', number: 7, change: 2 ** 45, fromUserId: 'u', fromName: 'Zoë 你好', toUserId: '', text: 'x\u0000y',
    sentMs: 1_800_000_000_123, editedMs: 0, deletedMs: 0, reactions: [{ reaction: '+1', userIds: ['a', '', 'b'] }], clientId: 'c',
  };
  const read = decode('ServerMessage', encode('ServerMessage', { requestId: 9, chatMessage: message }));
  assert.equal(read.body, 'chatMessage');
  assert.deepEqual(read.chatMessage, message);
});

test('defaults are filled in, unknown fields are passed over', () => {
  const joined = decode('ServerMessage', Uint8Array.from([0x12, 0])).joined;
  assert.deepEqual([joined.peerId, joined.members, joined.resumed], ['', [], false]);
  // Field 999 with four bytes, then request_id 5.
  const read = decode('ServerMessage', Uint8Array.from([0xba, 0x3e, 4, 1, 2, 3, 4, 8, 5]));
  assert.equal(read.requestId, 5);
  assert.equal(read.body, null);
});

test('bytes that are cut off are refused', () => {
  const bytes = encode('ServerMessage', { offer: { version: 1, sdp: 'v=0' } });
  for (let count = 1; count < bytes.length; count += 1) {
    assert.throws(() => decode('ServerMessage', bytes.subarray(0, count)), RangeError);
  }
});

test('numbers that are none are refused', () => {
  for (const number of [-1, 1.5, 2 ** 53]) assert.throws(() => encode('Ping', { clientTimeMs: number }), RangeError);
});
