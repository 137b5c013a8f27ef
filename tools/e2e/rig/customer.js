// A customer's page, from another address than the server's: what the SDK tells is kept, for the scenarios to look at.
// As `window.millrace`, since that is what the rig lets expressions see.

const sdk = await import(`${new URLSearchParams(location.search).get('server')}/sdk/call-sdk.js`);

// Kept so that a scenario can cut them.
const sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...words) {
    super(...words);
    sockets.push(this);
  }
};

const plain = detail => {
  const { stream, message, ...rest } = detail;
  return {
    ...rest, ...(stream ? { tracks: stream.getTracks().map(({ kind }) => kind) } : {}),
    ...(message ? { message: typeof message === 'string' ? message : { ...message, sent: Boolean(message.sent) } } : {}),
  };
};

/** The code of a CallError; anything else is a failure of the test. */
const codeOf = error => {
  if (!(error instanceof sdk.CallError)) throw error;
  return error.code;
};

function pixels(video) {
  if (!video.videoWidth) return '';
  const canvas = new OffscreenCanvas(16, 9), context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0, 16, 9);
  return [...context.getImageData(0, 0, 16, 9).data].map(value => value.toString(16).padStart(2, '0')).join('');
}

/** Every picture that is presented, and the longest wait for one since `flows` was asked. */
function countFrames(video) {
  const flow = video.flow = { frames: 0, last: performance.now(), longestWaitMs: 0 };
  const note = now => {
    flow.frames += 1;
    flow.longestWaitMs = Math.max(flow.longestWaitMs, now - flow.last);
    flow.last = now;
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
}

window.millrace = {
  sdk,
  call: null,
  events: [],
  pictures: new Map(),
  stream: null,

  init(options) {
    this.call = sdk.init(options);
    this.events = [];
    for (const name of Object.values(sdk.CallEvent)) {
      this.call.on(name, detail => this.events.push({ event: name, ...plain(detail) }));
    }
    this.call.on('track-added', ({ peerId, source, stream }) => this.show(`${peerId} ${source}`, stream));
    this.call.on('track-removed', ({ peerId, source }) => this.hide(`${peerId} ${source}`));
  },

  async join({ media = true, ...options }) {
    if (media) this.stream ??= await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 180 } });
    try {
      const { peerId, userId, name, room, mayPublish } = await this.call.join({ ...options, stream: media ? this.stream : null });
      return { peerId, userId, name, room, mayPublish };
    } catch (error) {
      return { code: codeOf(error) };
    }
  },

  /** Any method of the call; {code} when it is refused. */
  async ask(method, ...words) {
    try {
      const answer = await this.call[method](...words);
      return answer === undefined ? {} : JSON.parse(JSON.stringify(answer));
    } catch (error) {
      return { code: codeOf(error) };
    }
  },

  show(key, stream) {
    const element = document.createElement(stream.getVideoTracks().length ? 'video' : 'audio');
    element.autoplay = element.playsInline = true;
    element.srcObject = stream;
    document.body.append(element);
    this.pictures.set(key, element);
    if (element.requestVideoFrameCallback) countFrames(element);
  },

  hide(key) {
    this.pictures.get(key)?.remove();
    this.pictures.delete(key);
  },

  /** What is shown now, by peer and source: width, and some pixels, which are others each time in a picture that moves. */
  shown() {
    return Object.fromEntries([...this.pictures].map(([key, element]) => [key, {
      width: element.videoWidth ?? 0, paused: element.paused, seconds: element.currentTime, picture: pixels(element),
    }]));
  },

  /** Frames presented and the longest wait between two, by peer and source, since this was asked last. */
  flows() {
    const now = performance.now();
    return Object.fromEntries([...this.pictures].filter(([, { flow }]) => flow).map(([key, { flow }]) => {
      const found = { frames: flow.frames, longestWaitMs: Math.max(flow.longestWaitMs, now - flow.last) };
      Object.assign(flow, { frames: 0, longestWaitMs: 0 });
      return [key, found];
    }));
  },

  state() {
    const { state, self, users, tracks } = this.call;
    return { state, self: self && { ...self }, users, tracks: tracks.map(plain), sockets: sockets.length };
  },

  take() { return this.events.splice(0); },

  /** As when a network drops the connection: no farewell. */
  cutSocket() { sockets.at(-1).close(4000); },
};
document.title = 'ready';
