// Notices that a connection on which something came all the time has fallen silent. The browser says so itself, but takes
// three seconds and more.

const LOOK_EVERY_MS = 150;
/** So long a silence counts, after so many looks that each found something. */
const SILENCE_MS = 500;
const BUSY_LOOKS = 10;

export class SilenceWatch {
  #getConnection;
  #tell;
  #timer = null;
  #connection = null;
  #bytes = 0;
  #heardAt = 0;
  #busyLooks = 0;

  /** `getConnection()`: the RTCPeerConnection, or null. `tell()`: it has fallen silent; told again after it was busy again. */
  constructor(getConnection, tell) {
    this.#getConnection = getConnection;
    this.#tell = tell;
  }

  start() { this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS); }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  async #look() {
    const pc = this.#getConnection();
    if (pc?.connectionState !== 'connected') return this.#forget(pc);
    const bytes = await receivedBytes(pc), now = performance.now();
    if (pc !== this.#connection) this.#forget(pc);
    if (bytes !== this.#bytes) {
      // A page in the background looks less often: what it finds after a while says nothing about the time between.
      this.#busyLooks += 1;
      this.#bytes = bytes;
      this.#heardAt = now;
    } else if (this.#busyLooks >= BUSY_LOOKS && now - this.#heardAt >= SILENCE_MS) {
      this.#busyLooks = 0;
      this.#tell();
    }
  }

  #forget(pc) {
    this.#connection = pc;
    this.#busyLooks = 0;
    this.#heardAt = performance.now();
  }
}

/** Media and reports that came by any candidate pair; connectivity checks do not count. */
async function receivedBytes(pc) {
  let bytes = 0;
  (await pc.getStats()).forEach(({ type, bytesReceived }) => { if (type === 'candidate-pair') bytes += bytesReceived ?? 0; });
  return bytes;
}
