import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { init } from '../../Sources/Sdk/index.js';
import { Places, socketUrl } from '../../Sources/Sdk/places.js';
import { FakePeerConnection, FakeSocket, begin, connection, letIn, record, settle, socket } from './support/fakes.mjs';

const MOVED = 7, UNAVAILABLE = 8;
const A = 'wss://a.example/ws', B = 'wss://b.example/ws', C = 'wss://c.example/ws';
let clock;
beforeEach(() => { clock = begin(); });

async function joined(state = {}) {
  const call = init({ url: 'https://a.example' });
  const joining = call.join({ token: 'jwt' });
  await letIn({ hosts: ['https://b.example', 'https://c.example'], ...state });
  await joining;
  connection().become('connected');
  return call;
}

test('a join at the wrong host goes on at the right one, with the same token', async () => {
  const call = init({ url: 'https://a.example' }), events = record(call, ['error', 'connection-state']);
  const joining = call.join({ token: 'jwt' });
  await settle();
  socket().say({ closing: { reason: MOVED, url: 'https://b.example' } });
  socket().drop(1000);
  await settle();
  assert.deepEqual(FakeSocket.all.map(({ url }) => url), [A, B]);
  assert.equal(socket().got('join')[0].token, 'jwt');
  await letIn();
  await joining;
  assert.deepEqual(events.filter(([name]) => name === 'error'), []);
});

test('hosts that send one back and forth are given up in the end', async () => {
  const call = init({ url: 'https://a.example' }), joining = call.join({ token: 'jwt' });
  joining.catch(() => {});
  for (let hop = 0; hop < 10; hop += 1) {
    await settle();
    socket().say({ closing: { reason: MOVED, url: hop % 2 ? 'https://a.example' : 'https://b.example' } });
  }
  await assert.rejects(joining, { code: 'MOVED' });
  assert.equal(FakeSocket.all.length, 6);
});

test('when its host is dead a client tries the others that it was told of, and begins anew there', async () => {
  const call = await joined(), old = connection();
  FakeSocket.dead = [A, B];
  socket().drop();
  await clock.pass(700);
  assert.deepEqual(FakeSocket.all.map(({ url }) => url), [A, A, B, C]);
  await letIn({ peerId: 'me-2', hosts: ['https://b.example'] });
  assert.equal(old.connectionState, 'closed');
  assert.equal(FakePeerConnection.all.length, 2);
  assert.equal(call.self.peerId, 'me-2');
});

test('a room that goes to another host takes its people along', async () => {
  const call = await joined();
  socket().say({ closing: { reason: MOVED, url: 'https://c.example', retryAfterMs: 100 } });
  socket().drop(1000);
  await clock.pass(200);
  assert.equal(socket().url, C);
  await letIn({ peerId: 'me-2' });
  connection().become('connected');
  assert.equal(call.state, 'connected');
  assert.equal(call.self.peerId, 'me-2');
});

test('a cluster that cannot say where the room is is asked again', async () => {
  const call = await joined();
  FakeSocket.dead = [A];
  socket().drop();
  await clock.pass(700);
  socket().say({ closing: { reason: UNAVAILABLE, retryAfterMs: 1000 } });
  socket().drop(1000);
  await settle();
  assert.equal(call.state, 'reconnecting');
  const before = FakeSocket.all.length;
  await clock.pass(3000);
  assert.ok(FakeSocket.all.length > before);
  await letIn({ peerId: 'me-2' });
  assert.equal(call.self.peerId, 'me-2');
});

test('addresses are taken in turn, and none twice', () => {
  const places = new Places([A, B]);
  places.settle(['https://b.example', 'https://c.example/']);
  const seen = [];
  for (let turn = 0; turn < 4; turn += 1) {
    seen.push(places.current);
    places.turn();
  }
  assert.deepEqual(seen, [A, B, C, A]);
  assert.equal(socketUrl('http://h:8080/'), 'ws://h:8080/ws');
});
