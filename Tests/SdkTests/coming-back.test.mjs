import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { init } from '../../Sources/Sdk/index.js';
import {
  FakePeerConnection, FakeSocket, begin, connection, fakeTrack, letIn, record, settle, socket,
} from './support/fakes.mjs';

let clock;
beforeEach(() => { clock = begin(); });

async function joined(options = {}, state = {}) {
  const call = init({ url: 'https://calls.example' });
  const joining = call.join({ token: 'jwt', ...options });
  await letIn(state);
  await joining;
  connection().become('connected');
  return call;
}

test('a lost socket comes back to the same session, and media is left alone', async () => {
  const camera = fakeTrack('video'), call = await joined({ stream: new MediaStream([camera]) });
  const events = record(call, ['connection-state', 'user-left', 'track-removed', 'error']), pc = connection();
  socket().drop();
  await clock.pass(500);
  assert.equal(FakeSocket.all.length, 2);
  assert.equal(socket().got('join')[0].resumeToken, 'secret');
  await letIn({ resumed: true });
  assert.equal(FakePeerConnection.all.length, 1);
  assert.equal(pc.connectionState, 'connected');
  assert.equal(socket().got('answer').length, 0);
  assert.deepEqual(events.map(([name, { state }]) => [name, state]), [
    ['connection-state', 'reconnecting'], ['connection-state', 'connected']]);
  // What may have got lost is said again: the camera is on, the others are off.
  assert.deepEqual(socket().got('publish').map(({ source, on }) => [source, on]), [[1, false], [2, true], [3, false]]);
});

test('the old socket is closed without a status, which would be a farewell', async () => {
  await joined();
  const old = socket();
  await clock.pass(45_000);
  assert.deepEqual(old.closedWith, { code: undefined });
});

test('an offer that was answered into the void is answered again and applied once', async () => {
  await joined();
  socket().drop();
  await clock.pass(500);
  const pc = connection();
  pc.setRemoteDescription = () => assert.fail('applied twice');
  await letIn({ resumed: true });
  socket().say({ offer: { version: 1, sdp: '0:audio 1:video 2:video' } });
  await settle();
  assert.deepEqual(socket().got('answer').map(({ version }) => version), [1]);
});

test('when the session is gone everything is made anew', async () => {
  const camera = fakeTrack('video'), call = await joined({ stream: new MediaStream([camera]) });
  const old = connection();
  socket().drop();
  await clock.pass(500);
  await letIn({ peerId: 'me-again', resumeToken: 'other' });
  assert.equal(old.connectionState, 'closed');
  assert.equal(FakePeerConnection.all.length, 2);
  assert.deepEqual(socket().got('publish').map(({ source, on }) => [source, on]), [[2, true]]);
  assert.equal(call.self.peerId, 'me-again');
});

test('the time between attempts grows to ten seconds', async () => {
  await joined();
  FakeSocket.isReachable = false;
  const started = clock.now, times = [];
  socket().drop();
  for (let count = 1; times.length < 8; await clock.pass(100)) {
    if (FakeSocket.all.length > count) times.push(clock.now - started);
    count = FakeSocket.all.length;
  }
  const gaps = times.map((time, place) => time - (times[place - 1] ?? 0));
  const wanted = [500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000];
  gaps.forEach((gap, place) => assert.ok(Math.abs(gap - wanted[place]) <= 200, `${gaps}`));
});

test('who was replaced or put out does not come back', async () => {
  for (const [reason, code] of [[3, 'REPLACED'], [4, 'REMOVED']]) {
    const call = await joined(), events = record(call, ['connection-state', 'error']);
    const sockets = FakeSocket.all.length;
    socket().say({ closing: { reason } });
    await clock.pass(60_000);
    assert.equal(FakeSocket.all.length, sockets);
    assert.deepEqual(events.map(([name, { code: told, fatal }]) => [name, told, fatal]), [
      ['connection-state', code, undefined], ['error', code, true]]);
  }
});

test('a server that drains is come back to after the time it says', async () => {
  await joined();
  socket().say({ closing: { reason: 2, retryAfterMs: 2000 } });
  await clock.pass(1900);
  assert.equal(FakeSocket.all.length, 1);
  await clock.pass(200);
  assert.equal(FakeSocket.all.length, 2);
});

test('a server that falls silent is given up after three heartbeats', async () => {
  await joined();
  await clock.pass(10_000);
  assert.equal(socket().got('ping').length, 1);
  await clock.pass(30_000);
  assert.equal(FakeSocket.all[0].readyState, 3);
  await clock.pass(1000);
  assert.equal(FakeSocket.all.length, 2);
});

test('a connection that fails asks for new credentials, and is made anew when they do not help', async () => {
  await joined();
  connection().become('disconnected');
  await clock.pass(3900);
  assert.equal(socket().got('iceRestart').length, 0);
  await clock.pass(200);
  assert.equal(socket().got('iceRestart').length, 1);
  const sockets = FakeSocket.all.length;
  await clock.pass(10_000);
  await clock.pass(600);
  assert.equal(FakeSocket.all.length, sockets + 1);
  assert.equal(socket().got('join')[0].resumeToken, '', 'the old connection is of no use');
});

test('an end that has moved goes on by another socket, and nobody is told', async () => {
  const call = await joined(), events = record(call, ['connection-state', 'error']), old = socket();
  FakeSocket.answers = false;
  connection().become('failed');
  await clock.pass(400);
  assert.ok(old.closedWith);
  const [join] = socket().got('join');
  assert.deepEqual([join.resume, join.resumeToken], ['me', 'secret']);
  await letIn({ resumed: true });
  connection().become('connected');
  assert.deepEqual(events.map(([, { state }]) => state), ['reconnecting', 'connected']);
  assert.equal(FakePeerConnection.all.length, 1);
});

test('a description that cannot be applied makes everything anew', async () => {
  await joined();
  socket().say({ offer: { version: 2, sdp: 'broken' } });
  await clock.pass(600);
  assert.equal(FakeSocket.all.length, 2);
  assert.equal(socket().got('join')[0].resumeToken, '');
});

test('wishes about what comes are said again, those about slots that moved are not', async () => {
  const call = await joined({}, { members: [{ peerId: 'b', name: 'Bert', userId: 'u-b' }] });
  socket().say({ offer: { version: 2, sdp: '0:audio 1:video 2:video 3:video' } });
  socket().say({ tracks: { tracks: [{ mid: '3', peerId: 'b', source: 2 }] } });
  await settle();
  call.setView('b', 'camera', 640, 360);
  call.pin('b', 'camera');
  socket().drop();
  await clock.pass(500);
  await letIn({ resumed: true, members: [{ peerId: 'b', name: 'Bert', userId: 'u-b' }] });
  assert.equal(socket().got('setView').length, 1);
  assert.equal(socket().got('pin').length, 1);
  socket().say({ tracks: { tracks: [{ mid: '3', peerId: 'b', source: 3 }] } });
  socket().drop();
  await clock.pass(600);
  await letIn({ resumed: true, members: [{ peerId: 'b', name: 'Bert', userId: 'u-b' }] });
  assert.equal(socket().got('setView').length, 0);
  assert.equal(socket().got('pin').length, 1);
});
