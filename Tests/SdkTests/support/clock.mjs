// Time that passes when a test says so.

const real = { setImmediate };

export class Clock {
  now = 0;
  #timers = new Map();
  #lastId = 0;

  install() {
    globalThis.setTimeout = (act, delay = 0) => this.#add(act, delay, null);
    globalThis.setInterval = (act, period) => this.#add(act, period, period);
    globalThis.clearTimeout = globalThis.clearInterval = id => this.#timers.delete(id);
    performance.now = () => this.now;
    Date.now = () => 1_800_000_000_000 + this.now;
    // In the middle, so that delays are what they are called.
    Math.random = () => 0.5;
  }

  #add(act, delay, period) {
    this.#lastId += 1;
    this.#timers.set(this.#lastId, { at: this.now + Math.max(0, delay), act, period });
    return this.#lastId;
  }

  /** Everything that is due within `milliseconds`, in order, with what promises make of it. */
  async pass(milliseconds) {
    const end = this.now + milliseconds;
    for (;;) {
      await settle();
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      const [id, timer] = due;
      this.now = timer.at;
      if (timer.period === null) this.#timers.delete(id);
      else timer.at += timer.period;
      timer.act();
    }
    this.now = end;
    await settle();
  }
}

/** Lets promises run until they have nothing more to do. */
export async function settle() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(resolve => real.setImmediate(resolve));
}
