import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { CallEvent, init } from '../../Sources/Sdk/index.js';
import { begin, connection, letIn, record, settle, socket } from './support/fakes.mjs';

let clock;
beforeEach(() => { clock = begin(); });

const BERT = { peerId: 'b', name: 'Bert', userId: 'u-b' };
const SLOTS = '0:audio 1:video 2:video 3:audio 4:video';

async function joined(state = {}) {
  const call = init({ url: 'https://calls.example' }), events = record(call, Object.values(CallEvent));
  const joining = call.join({ token: 'jwt' });
  await letIn(state);
  await joining;
  connection().become('connected');
  return { call, events: events.splice(0) && events };
}

const brief = events => events.splice(0).map(([name, detail]) => `${name} ${detail.peerId ?? ''} ${detail.source ?? ''}`.trim());

test('who comes is told before what they have, who goes after it', async () => {
  const { call, events } = await joined();
  socket().say({ peerJoined: { member: BERT } });
  socket().say({ tracks: { tracks: [{ mid: '3', peerId: 'b', source: 1 }, { mid: '4', peerId: 'b', source: 2, muted: true }] } });
  socket().say({ offer: { version: 2, sdp: SLOTS } });
  await settle();
  assert.deepEqual(brief(events), ['user-joined b', 'track-added b microphone', 'track-added b camera']);
  assert.deepEqual(call.users, [{ peerId: 'b', userId: 'u-b', name: 'Bert' }]);
  assert.deepEqual(call.tracks.map(({ kind, muted }) => [kind, muted]), [['audio', false], ['video', true]]);
  socket().say({ peerLeft: { peerId: 'b' } });
  assert.deepEqual(brief(events), ['track-removed b microphone', 'track-removed b camera', 'user-left b']);
});

test('who is there already is told after joining', async () => {
  const { call } = await joined({ members: [BERT] });
  assert.deepEqual(call.users.map(({ name }) => name), ['Bert']);
});

test('muting and holding change a track', async () => {
  const { call, events } = await joined({ members: [BERT] });
  socket().say({ offer: { version: 2, sdp: SLOTS } });
  socket().say({ tracks: { tracks: [{ mid: '4', peerId: 'b', source: 2 }] } });
  await settle();
  events.splice(0);
  socket().say({ trackChanged: { peerId: 'b', source: 2, muted: true } });
  assert.deepEqual(brief(events), ['track-changed b camera']);
  socket().say({ held: { mid: '4', reason: 1 } });
  assert.deepEqual(brief(events), ['track-changed b camera']);
  assert.deepEqual([call.tracks[0].muted, call.tracks[0].held], [true, 'bandwidth']);
});

test('a slot that carries somebody else removes one track and adds another', async () => {
  const { events } = await joined({ members: [BERT, { peerId: 'c', name: 'Cleo', userId: 'u-c' }] });
  socket().say({ offer: { version: 2, sdp: SLOTS } });
  socket().say({ tracks: { tracks: [{ mid: '4', peerId: 'b', source: 2 }] } });
  await settle();
  events.splice(0);
  socket().say({ tracks: { tracks: [{ mid: '4', peerId: 'c', source: 2 }] } });
  assert.deepEqual(brief(events), ['track-removed b camera', 'track-added c camera']);
});

test('who speaks is told with the user, and when it is us', async () => {
  const { events } = await joined({ members: [BERT] });
  events.splice(0);
  for (const peerId of ['b', 'me', '']) socket().say({ activeSpeaker: { peerId } });
  assert.deepEqual(events.map(([, { peerId, self, user }]) => [peerId, self, user?.name ?? null]), [
    ['b', false, 'Bert'], ['me', true, null], [null, false, null]]);
});

test('a refusal that answers no request is an error', async () => {
  const { events } = await joined();
  events.splice(0);
  socket().say({ refusal: { code: 8, message: 'too many messages' } });
  assert.deepEqual(events.map(([name, { code, fatal }]) => [name, code, fatal]), [['error', 'RATE_LIMITED', false]]);
});

test('a connection that is cut for a moment is told', async () => {
  const { events } = await joined();
  events.splice(0);
  connection().become('disconnected');
  connection().become('connected');
  assert.deepEqual(events.map(([, { state }]) => state), ['reconnecting', 'connected']);
});

test('a handler that fails harms nobody', async () => {
  const { call, events } = await joined();
  call.on('user-joined', () => { throw new Error('mine'); });
  const told = [], off = call.on('user-joined', ({ name }) => told.push(name));
  socket().say({ peerJoined: { member: BERT } });
  off();
  socket().say({ peerJoined: { member: { ...BERT, peerId: 'd', name: 'Dora' } } });
  assert.deepEqual(told, ['Bert']);
  assert.equal(events.filter(([name]) => name === 'user-joined').length, 2);
});

test('what ends takes everybody with it', async () => {
  const { call, events } = await joined({ members: [BERT] });
  events.splice(0);
  socket().say({ closing: { reason: 4 } });
  assert.deepEqual(brief(events), ['user-left b', 'connection-state', 'error']);
  assert.deepEqual(call.users, []);
});
