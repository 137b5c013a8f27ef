// The m-lines for own sources, and how much each may send.

/** The m-lines that are set aside for a client's own sources, by the server's offer and by that of two alone. */
export const PUBLISH_MIDS = Object.freeze({ microphone: '0', camera: '1', screen: '2' });
/** Simulcast rids from the smallest picture up, with what each may use. */
const CAMERA_LAYERS = {
  q: { scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  h: { scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  f: { scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
};
const SCREEN_BITRATE = 2_500_000;

export const findTransceiver = (pc, mid) => pc?.getTransceivers().find(transceiver => transceiver.mid === mid);

/** Takes the three publishing lines, with or without a device behind them. */
export async function preparePublishing(pc, direction) {
  for (const [source, mid] of Object.entries(PUBLISH_MIDS)) {
    const transceiver = findTransceiver(pc, mid);
    if (!transceiver || transceiver.direction === direction) continue;
    transceiver.direction = direction;
    await limitSource(source, transceiver.sender);
  }
}

async function limitSource(source, sender) {
  if (source === 'camera') await limitLayers(sender);
  if (source === 'screen') await limitEncodings(sender, () => ({ maxBitrate: SCREEN_BITRATE }));
}

/** For connections of two, whose lines this end made. */
export async function limitSources(pc) {
  for (const [source, mid] of Object.entries(PUBLISH_MIDS)) {
    const transceiver = findTransceiver(pc, mid);
    if (transceiver) await limitSource(source, transceiver.sender);
  }
}

async function limitLayers(sender) {
  const count = sender.getParameters().encodings?.length ?? 0;
  // A browser that did not take the offered rids has one encoding: it sends the full picture.
  await limitEncodings(sender, encoding => CAMERA_LAYERS[encoding.rid] ?? (count > 1 ? {} : CAMERA_LAYERS.f));
}

/** Changes each encoding by what `limits(encoding)` returns. A browser that refuses sends with limits of its own. */
async function limitEncodings(sender, limits) {
  const parameters = sender.getParameters();
  if (!parameters.encodings?.length) return;
  for (const encoding of parameters.encodings) Object.assign(encoding, limits(encoding));
  try {
    await sender.setParameters(parameters);
  } catch (error) {
    console.warn('the encodings cannot be limited:', error);
  }
}
