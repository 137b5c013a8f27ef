import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { CallError, ErrorCode, init } from '../../Sources/Sdk/index.js';
import { FakeSocket, begin, connection, fakeTrack, letIn, record, settle, socket } from './support/fakes.mjs';

let clock;
beforeEach(() => { clock = begin(); });
const start = () => init({ appId: 'app_1', url: 'https://calls.example/base' });

test('join says what the token is for and answers the offer', async () => {
  const call = start(), joining = call.join({ roomId: 'garden', token: 'jwt', deviceId: 'phone' });
  await letIn();
  const self = await joining;
  assert.equal(socket().url, 'wss://calls.example/base/ws');
  const [join] = socket().got('join');
  assert.deepEqual(
    [join.token, join.roomId, join.appId, join.deviceId, join.resumeToken], ['jwt', 'garden', 'app_1', 'phone', '']);
  assert.equal(self.name, 'Ada');
  assert.deepEqual(socket().got('answer'), [{ version: 1, sdp: '0:audio 1:video 2:video' }]);
  assert.deepEqual(connection().transceivers.map(({ direction }) => direction), ['sendonly', 'sendonly', 'sendonly']);
});

test('a stream is published when the first offer is answered', async () => {
  const call = start(), microphone = fakeTrack('audio'), camera = fakeTrack('video');
  const joining = call.join({ token: 'jwt', stream: new MediaStream([microphone, camera]) });
  await letIn();
  await joining;
  assert.deepEqual(socket().got('publish').map(({ source, on }) => [source, on]), [[1, true], [2, true]]);
  assert.equal(connection().transceivers[0].sender.track, microphone);
  await call.leave();
  assert.equal(microphone.stopped, false, 'the stream belongs to the caller');
});

test('the codes of refusals come out of join', async () => {
  const codes = {
    1: 'INVALID_MESSAGE', 2: 'INVALID_TOKEN', 3: 'TOKEN_EXPIRED', 4: 'ROOM_FULL', 7: 'NOT_ALLOWED', 8: 'RATE_LIMITED',
    9: 'INTERNAL',
  };
  for (const [code, name] of Object.entries(codes)) {
    const call = start(), joining = call.join({ token: 'jwt' });
    joining.catch(() => {});
    // Where the token is refused it is asked for once more.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await settle();
      socket().say({ refusal: { code: Number(code), message: 'no' } });
    }
    await assert.rejects(joining, error => error instanceof CallError && error.code === ErrorCode[name]);
    assert.equal(call.state, 'ended');
  }
});

test('a token function is asked again when its token was refused', async () => {
  const asked = [], call = start();
  const joining = call.join({ token: renew => { asked.push(renew); return `jwt${asked.length}`; } });
  await settle();
  socket().say({ refusal: { code: 3 } });
  await letIn();
  await joining;
  assert.deepEqual(asked, [false, true]);
  assert.equal(socket().got('join')[0].token, 'jwt2');
});

test('a server that is not there is UNREACHABLE', async () => {
  FakeSocket.isReachable = false;
  const call = start(), events = record(call, ['connection-state', 'error']);
  await assert.rejects(call.join({ token: 'jwt' }), { code: 'UNREACHABLE' });
  assert.deepEqual(events.map(([name, { state }]) => [name, state]), [
    ['connection-state', 'connecting'], ['connection-state', 'ended']]);
});

test('what needs a room is refused outside of one', async () => {
  const call = start();
  await assert.rejects(call.send('hello'), { code: 'NOT_IN_ROOM' });
  assert.throws(() => call.mute('microphone'), { code: 'NOT_IN_ROOM' });
  assert.throws(() => call.on('nonsense', () => {}), { code: 'INVALID_MESSAGE' });
  const joining = call.join({ token: 'jwt' });
  await letIn();
  await joining;
  await assert.rejects(call.join({ token: 'jwt' }), { code: 'ALREADY_IN_ROOM' });
  assert.throws(() => call.sendData('x'), { code: 'NOT_ALLOWED' });
});

test('a listener may not publish', async () => {
  const call = start(), joining = call.join({ token: 'jwt' });
  await letIn({ mayPublish: false });
  await joining;
  await assert.rejects(call.publish('camera', fakeTrack('video')), { code: 'NOT_ALLOWED' });
});

test('leaving says so, and the call can be joined again', async () => {
  const call = start(), events = record(call, ['connection-state', 'error']);
  let joining = call.join({ token: 'jwt' });
  await letIn();
  await joining;
  connection().become('connected');
  await call.leave();
  assert.equal(socket().last('leave').body, 'leave');
  assert.deepEqual(events, [
    ['connection-state', { state: 'connecting', code: null }], ['connection-state', { state: 'connected', code: null }],
    ['connection-state', { state: 'ended', code: 'LEFT' }]]);
  joining = call.join({ token: 'jwt' });
  await letIn();
  await joining;
  assert.equal(FakeSocket.all.length, 2);
});
