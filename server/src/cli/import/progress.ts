const EVERY_MS = 5_000;
const SMOOTHING = 0.3;

/** Says how far an import is, a line now and then. */
export class Progress {
  readonly #print: (line: string) => void;
  readonly #total: number;
  readonly #now: () => number;
  #done: number;
  #shownMs: number;
  #shownDone: number;
  #perSecond = 0;

  /**
   * @param total samples of the blocks to come, as their meta.json says
   * @param done of which this many were sent by an earlier run
   * @param now a monotonic clock, ms
   */
  constructor(print: (line: string) => void, total: number, done: number, now: () => number = performance.now) {
    this.#print = print;
    this.#total = total;
    this.#now = now.bind(globalThis.performance);
    this.#done = done;
    this.#shownMs = this.#now();
    this.#shownDone = done;
  }

  /** Samples sent in all. */
  get done(): number {
    return this.#done;
  }

  /** Notes samples the server has acknowledged. */
  add(samples: number, block: string): void {
    this.#done += samples;
    const now = this.#now();
    const elapsed = now - this.#shownMs;
    if (elapsed < EVERY_MS) return;
    const rate = ((this.#done - this.#shownDone) / elapsed) * 1000;
    this.#perSecond = this.#perSecond === 0 ? rate : this.#perSecond * (1 - SMOOTHING) + rate * SMOOTHING;
    this.#shownMs = now;
    this.#shownDone = this.#done;
    const share = this.#total === 0 ? 100 : Math.min(100, (this.#done / this.#total) * 100);
    const left = Math.max(0, this.#total - this.#done) / Math.max(1, this.#perSecond);
    const figures = `${count(this.#done)} of ${count(this.#total)} samples (${share.toFixed(0)} %)`;
    this.#print(`${block}: ${figures}, ${count(Math.round(this.#perSecond))}/s, ${clock(left)} left`);
  }
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
