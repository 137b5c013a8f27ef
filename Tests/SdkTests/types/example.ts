// What a customer writes, for the type checker: it is compiled and not run.

import {
  CallError, CallEvent, CallSDK, ConnectionState, ErrorCode, init, type Message, type RemoteTrack, type Source,
} from '../../../Sources/Sdk/call-sdk';

async function meet(stream: MediaStream, places: Map<string, HTMLVideoElement>): Promise<void> {
  const call: CallSDK = init({ appId: 'app_1', url: 'https://calls.example' });
  const show = ({ peerId, source, kind, stream: remote }: RemoteTrack) => {
    const place = places.get(`${peerId} ${source}`);
    if (place && kind === 'video') place.srcObject = remote;
  };
  call.on('track-added', show);
  call.on(CallEvent.trackRemoved, ({ peerId }) => places.delete(peerId));
  const off: () => void = call.on('user-joined', ({ name, userId }) => console.log(name.length, userId.length));
  call.on('connection-state', ({ state, code }) => {
    if (state === ConnectionState.ended && code === ErrorCode.REPLACED) off();
  });
  call.on('active-speaker', ({ peerId, user }) => console.log(peerId?.length, user?.name));
  call.on('message', ({ kind, pending, message }) => {
    const seen: Message = message;
    console.log(kind === 'new' && !pending, seen.sent?.getTime(), seen.reactions.map(({ userIds }) => userIds.length));
  });
  call.on('data', ({ data }) => console.log(typeof data === 'string' ? data.length : data.byteLength));
  call.on('error', ({ code, fatal }) => console.log(code === ErrorCode.RATE_LIMITED, fatal));

  try {
    const self = await call.join({ roomId: 'room_1', token: async renew => (renew ? 'new' : 'old'), stream, data: true });
    console.log(self.name, self.mayPublish);
  } catch (error) {
    if (error instanceof CallError && error.code === 'ROOM_FULL') return;
    throw error;
  }
  const source: Source = 'screen';
  await call.publish(source, stream.getVideoTracks()[0], { muted: true });
  call.mute('microphone');
  const { id, number } = await call.send('hello', { to: 'u1' });
  await call.react(id, '+1');
  await call.edit(id, 'hello there');
  await call.remove(id);
  const { messages, hasMore } = await call.history({ before: number, limit: 20 });
  console.log(messages.length, hasMore);
  call.sendData(new Uint8Array(3), { reliable: false });
  await call.leave();
}

async function refused(call: CallSDK, track: MediaStreamTrack): Promise<void> {
  // @ts-expect-error: the url is needed
  init({ appId: 'app_1' });
  // @ts-expect-error: there is no such event
  call.on('user-arrived', () => {});
  // @ts-expect-error: a token is needed
  await call.join({ roomId: 'room_1' });
  // @ts-expect-error: no such source
  await call.publish('window', track);
  // @ts-expect-error: users are to be read
  call.users = [];
  // @ts-expect-error: no such code
  console.log(ErrorCode.TEAPOT);
}

void meet;
void refused;
