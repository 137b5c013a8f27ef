// Finds the server again when nothing comes any more, or the network is another one.

import { SilenceWatch } from './silence.js';

/** How long the server may take to answer before its socket counts as dead. */
const PONG_PATIENCE_MS = 300;

export class Reach {
  #host;
  #isReaching = false;
  #silence;
  #networkChanged = () => this.again();

  /**
   * `host`: {connection(): the RTCPeerConnection that is never silent for long, or null; signaling(): the socket in use, or null;
   * open(): a promise of another one; renewIce(): asks for new ICE credentials; moveTo(other, old): goes on by another socket}.
   */
  constructor(host) {
    this.#host = host;
    this.#silence = new SilenceWatch(() => host.connection(), () => this.again());
  }

  start() {
    this.#silence.start();
    this.#listen('addEventListener');
  }

  stop() {
    this.#silence.stop();
    this.#listen('removeEventListener');
  }

  /**
   * When the server still answers by the socket, new ICE credentials are enough. When it does not, this end has probably moved,
   * and the stay goes on by a new socket.
   */
  async again() {
    const host = this.#host, signaling = host.signaling();
    if (!signaling || this.#isReaching) return;
    this.#isReaching = true;
    // Begun at once: it takes as long as the question does.
    const opening = host.open();
    opening.catch(() => {}); // Looked at below, or not at all.
    try {
      if (await signaling.answers(PONG_PATIENCE_MS)) {
        host.renewIce();
        opening.then(spare => spare.close(), () => {});
      } else {
        // When there is no other one, it is for the heartbeat to say whether the old one is dead.
        const other = await opening.catch(() => null);
        if (other && host.signaling() === signaling) await host.moveTo(other, signaling);
        else other?.close();
      }
    } finally {
      this.#isReaching = false;
    }
  }

  #listen(act) {
    globalThis[act]?.('online', this.#networkChanged);
    globalThis.navigator?.connection?.[act]?.('change', this.#networkChanged);
  }
}
