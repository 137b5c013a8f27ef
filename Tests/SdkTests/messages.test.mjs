import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { init } from '../../Sources/Sdk/index.js';
import { begin, connection, letIn, record, settle, socket } from './support/fakes.mjs';

let clock;
beforeEach(() => { clock = begin(); });

const entry = (change, more = {}) => ({
  messageId: `msg_${change}`, number: change, change, fromUserId: 'u-b', fromName: 'Bert', text: `text ${change}`,
  sentMs: 1_800_000_000_000, reactions: [], ...more,
});

async function joined(options = {}) {
  const call = init({ url: 'https://calls.example' });
  const events = record(call, ['message', 'typing', 'read', 'unread', 'data', 'error']);
  const joining = call.join({ token: 'jwt', ...options });
  await letIn();
  await joining;
  return { call, events };
}

test('sending resolves with the message as it is stored, and tells of it once', async () => {
  const { call, events } = await joined(), sending = call.send('hello', { to: 'u-b' });
  await settle();
  const { requestId, chatSend } = socket().last('chatSend');
  assert.deepEqual([chatSend.text, chatSend.toUserId], ['hello', 'u-b']);
  socket().say({ requestId, chatMessage: entry(1, { fromUserId: 'u-ada', text: 'hello', toUserId: 'u-b' }) });
  const message = await sending;
  assert.deepEqual([message.id, message.text, message.own, message.to], ['msg_1', 'hello', true, 'u-b']);
  assert.deepEqual(events.map(([name, { kind }]) => [name, kind]), [['message', 'new']]);
});

test('what was missed comes first, everything comes once, and is acknowledged', async () => {
  const { events } = await joined();
  socket().say({ chatPage: { pending: true, messages: [entry(1), entry(2)], hasMore: true, unread: 3, marks: [] } });
  socket().say({ chatPage: { pending: true, messages: [entry(3)], unread: 3, marks: [] } });
  const aside = entry(1, { messageId: 'aside', toUserId: 'u-ada' });
  socket().say({ chatPage: { pending: true, messages: [aside], unread: 1, marks: [], userId: 'u-b', last: true } });
  socket().say({ chatMessage: entry(4) });
  socket().say({ chatMessage: entry(4) });
  assert.deepEqual(events.map(([name, { message, count }]) => message?.id ?? `${name} ${count}`), [
    'msg_1', 'msg_2', 'msg_3', 'aside', 'unread 4', 'msg_4']);
  await clock.pass(300);
  assert.deepEqual(socket().got('chatAcknowledge'), [{ change: 4, userId: '' }, { change: 1, userId: 'u-b' }]);
});

test('changes of a message are told as what they are', async () => {
  const { events } = await joined();
  socket().say({ chatMessage: entry(1) });
  socket().say({ chatMessage: { ...entry(1), change: 2, text: 'other', editedMs: 5 } });
  socket().say({ chatMessage: { ...entry(1), change: 3, reactions: [{ reaction: '+1', userIds: ['u-c'] }] } });
  socket().say({ chatMessage: { ...entry(1), change: 4, text: '', deletedMs: 9 } });
  assert.deepEqual(events.map(([, { kind }]) => kind), ['new', 'changed', 'changed', 'deleted']);
});

test('a message that got no answer is sent again with the same name', async () => {
  const { call } = await joined(), sending = call.send('hello');
  await settle();
  const first = socket().last('chatSend').chatSend.clientId;
  socket().drop();
  await clock.pass(500);
  await letIn({ resumed: true });
  const { requestId, chatSend } = socket().last('chatSend');
  assert.equal(chatSend.clientId, first);
  socket().say({ requestId, chatMessage: entry(1) });
  assert.equal((await sending).id, 'msg_1');
});

test('a refusal is an error with its code', async () => {
  const { call } = await joined();
  for (const [code, name] of [[10, 'NOT_FOUND'], [7, 'NOT_ALLOWED'], [1, 'INVALID_MESSAGE'], [8, 'RATE_LIMITED']]) {
    const editing = call.edit('msg_1', 'x');
    editing.catch(() => {});
    await settle();
    socket().say({ requestId: socket().last('chatEdit').requestId, refusal: { code, message: 'no' } });
    await assert.rejects(editing, { code: name });
  }
});

test('changes, history, typing and reading are said and heard', async () => {
  const { call, events } = await joined();
  for (const asking of [call.remove('m'), call.react('m', '+1', false), call.history({ before: 9, limit: 2 })]) {
    asking.catch(() => {});
  }
  call.typing(true, { to: 'u-b' });
  call.read(4, { with: 'u-b' });
  await settle();
  assert.deepEqual(socket().got('chatDelete'), [{ messageId: 'm' }]);
  assert.deepEqual(socket().got('chatReact'), [{ messageId: 'm', reaction: '+1', on: false }]);
  assert.deepEqual(socket().got('chatHistory'), [{ before: 9, limit: 2, userId: '' }]);
  assert.deepEqual(socket().got('chatTyping'), [{ on: true, toUserId: 'u-b' }]);
  assert.deepEqual(socket().got('chatRead'), [{ number: 4, userId: 'u-b' }]);
  socket().say({ chatIsTyping: { userId: 'u-b', name: 'Bert', on: true, toMe: true } });
  socket().say({ chatMark: { userId: 'u-b', number: 3 } });
  assert.deepEqual(events, [
    ['typing', { userId: 'u-b', name: 'Bert', on: true, toMe: true }], ['read', { userId: 'u-b', number: 3, toMe: false }]]);
});

test('without a line for data in the first offer no channel is opened', async () => {
  await joined({ data: true });
  assert.equal(socket().got('join')[0].dataChannels, true);
  socket().say({ offer: { version: 2, sdp: 'm=application 0:audio' } });
  await settle();
  // The first offer had no line for data.
  assert.equal(connection().channels.length, 0);
});

test('a channel to one peer says so in its protocol, and what comes from one is named', async () => {
  const call = init({ url: 'https://calls.example' }), events = record(call, ['data']);
  const joining = call.join({ token: 'jwt', data: true });
  await settle();
  socket().say({ joined: { peerId: 'me', room: 'g', name: 'A', heartbeatSeconds: 10, mayPublish: true, members: [] } });
  socket().say({ offer: { version: 1, sdp: '0:audio m=application' } });
  await joining;
  await settle();
  const [main] = connection().channels;
  call.sendData('early');
  assert.deepEqual(main.sent, []);
  main.open();
  call.sendData('later');
  assert.deepEqual(main.sent, ['early', 'later']);
  call.sendData('you', { to: 'b', label: 'aside', reliable: false });
  const aside = connection().channels[1];
  assert.deepEqual([aside.label, aside.protocol, aside.options.maxRetransmits], ['aside', 'to:b', 0]);
  const opened = { label: 'data', protocol: 'from:b' };
  connection().ondatachannel({ channel: opened });
  opened.onmessage({ data: 'hi' });
  main.onmessage({ data: 'all' });
  assert.deepEqual(events.map(([, detail]) => detail), [
    { data: 'hi', label: 'data', from: 'b' }, { data: 'all', label: 'data', from: null }]);
});
