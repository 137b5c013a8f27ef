// Microphone, camera and screen: asking for them, and saying in plain words why one cannot be had.

const CAMERA_SIZE = { width: 1280, height: 720 };
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const SCREEN = { frameRate: { ideal: 15, max: 30 } };

/** Whether this page may use devices at all: browsers give them to https and to localhost only. */
export const canUseDevices = () => Boolean(navigator.mediaDevices?.getUserMedia);
export const canShareScreen = () => Boolean(navigator.mediaDevices?.getDisplayMedia);

/**
 * Asks for a source ("microphone", "camera" or "screen"). Resolves with its track; rejects with an Error whose message can
 * be shown to people. `cameraSize`: the picture that is asked for, {width, height}.
 */
export async function openDevice(source, cameraSize = CAMERA_SIZE) {
  if (!canUseDevices()) throw new Error('This page has no access to devices: open it by https or on localhost.');
  try {
    const stream = await requestStream(source, cameraSize);
    const [track] = stream.getTracks();
    track.contentHint = { microphone: 'speech', camera: 'motion', screen: 'detail' }[source];
    return track;
  } catch (error) {
    throw new Error(explain(source, error), { cause: error });
  }
}

function requestStream(source, { width, height }) {
  switch (source) {
    case 'microphone': return navigator.mediaDevices.getUserMedia({ audio: MICROPHONE });
    case 'camera': return navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30, max: 30 } },
    });
    default: return navigator.mediaDevices.getDisplayMedia({ video: SCREEN });
  }
}

function explain(source, error) {
  switch (error.name) {
    case 'NotAllowedError': return source === 'screen'
      ? 'The screen was not shared.' : `The browser does not let this page use the ${source}.`;
    case 'NotFoundError':
    case 'OverconstrainedError': return `No ${source} was found.`;
    case 'NotReadableError':
    case 'AbortError': return `The ${source} is in use by another program.`;
    default: return `The ${source} does not work: ${error.message}`;
  }
}
