import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { init } from '../../Sources/Sdk/index.js';
import {
  FakePeerConnection, begin, connection, fakeTrack, letIn, record, settle, socket,
} from './support/fakes.mjs';

let clock;
beforeEach(() => { clock = begin(); });

const BERT = { peerId: 'b', name: 'Bert', userId: 'u-b' };

async function joined(options = {}, state = {}) {
  const call = init({ url: 'https://calls.example', iceServers: [{ urls: 'stun:stun.example' }] });
  const events = record(call, ['connection-state', 'track-added', 'user-left']);
  const joining = call.join({ token: 'jwt', ...options });
  await letIn({ mode: 2, ...state });
  await joining;
  return { call, events };
}

test('who was there first offers when the other one comes', async () => {
  const camera = fakeTrack('video'), { call } = await joined({ stream: new MediaStream([camera]) });
  assert.equal(FakePeerConnection.all.length, 0, 'alone there is nothing to connect');
  assert.equal(call.state, 'connected');
  socket().say({ peerJoined: { member: BERT } });
  await settle();
  assert.deepEqual(socket().got('offer'), [{ version: 1, sdp: '0:audio 1:video 2:video' }]);
  assert.deepEqual(connection().configuration.iceServers, [{ urls: 'stun:stun.example' }]);
  assert.equal(call.state, 'reconnecting');
  socket().say({ answer: { version: 1, sdp: '0:audio 1:video 2:video' } });
  await settle();
  assert.equal(connection().transceivers[1].sender.track, camera);
  assert.deepEqual(socket().got('publish').map(({ source }) => source), [2]);
});

test('who comes second answers', async () => {
  const { events } = await joined({}, { members: [BERT] });
  socket().say({ tracks: { tracks: [{ mid: '1', peerId: 'b', source: 2 }] } });
  socket().say({ ice: { candidate: 'early', sdpMid: '0' } });
  socket().say({ offer: { version: 1, sdp: '0:audio 1:video 2:video' } });
  await settle();
  assert.equal(socket().got('offer').length, 0);
  assert.deepEqual(socket().got('answer').map(({ version }) => version), [1]);
  assert.deepEqual(connection().candidates.map(({ candidate }) => candidate), ['early']);
  assert.deepEqual(connection().transceivers.map(({ direction }) => direction), ['sendrecv', 'sendrecv', 'sendrecv']);
  assert.deepEqual(events.filter(([name]) => name === 'track-added').map(([, { source }]) => source), ['camera']);
});

test('candidates are passed on, with an end', async () => {
  await joined();
  socket().say({ peerJoined: { member: BERT } });
  await settle();
  connection().onicecandidate({ candidate: { candidate: 'c1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'u' } });
  connection().onicecandidate({ candidate: null });
  assert.deepEqual(socket().got('ice').map(({ candidate }) => candidate), ['c1', '']);
});

test('only one of the two offers new credentials', async () => {
  await joined({}, { members: [BERT] });
  socket().say({ offer: { version: 1, sdp: '0:audio 1:video 2:video' } });
  await settle();
  connection().become('failed');
  await settle();
  assert.equal(socket().got('iceRestart').length, 1, 'the second asks');
  assert.equal(socket().got('offer').length, 0);

  clock = begin();
  await joined();
  socket().say({ peerJoined: { member: BERT } });
  await settle();
  socket().say({ answer: { version: 1, sdp: '0:audio' } });
  socket().say({ iceRestart: {} });
  await settle();
  assert.equal(connection().restarts, 1);
  assert.deepEqual(socket().got('offer').map(({ version }) => version), [1, 2]);
});

test('when the other one has gone the connection ends, and the next gets a new one', async () => {
  const { call } = await joined();
  socket().say({ peerJoined: { member: BERT } });
  await settle();
  const first = connection();
  socket().say({ peerLeft: { peerId: 'b' } });
  await settle();
  assert.equal(first.connectionState, 'closed');
  socket().say({ peerJoined: { member: { ...BERT, peerId: 'c' } } });
  await settle();
  assert.equal(FakePeerConnection.all.length, 2);
  assert.deepEqual(socket().got('offer').map(({ version }) => version), [1, 1]);
  assert.equal(call.users[0].peerId, 'c');
});

test('who comes back finds out that the other one came anew, and offers', async () => {
  await joined({}, { members: [BERT] });
  socket().say({ offer: { version: 1, sdp: '0:audio 1:video 2:video' } });
  await settle();
  socket().drop();
  await clock.pass(500);
  await letIn({ mode: 2, resumed: true, members: [{ ...BERT, peerId: 'b2' }] });
  assert.equal(socket().got('offer').length, 1);
});
