/**
 * Bodies acknowledged in the last ten minutes, so that a byte-identical retry after a lost answer is acknowledged and
 * not stored again. One set per minute; a whole minute is forgotten at once, so nothing is ever scanned.
 */
export interface RequestHistoryOptions {
  readonly windowMs: number;
  /** Above this many the oldest minute goes early (counted); about 90 bytes each. */
  readonly maxEntries: number;
}

const MINUTE_MS = 60_000;

export class RequestHistory {
  readonly #options: RequestHistoryOptions;
  readonly #minutes = new Map<number, Set<string>>();
  #entries = 0;
  /** Entries forgotten before their time because of `maxEntries`. */
  evicted = 0;

  constructor(options: RequestHistoryOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries;
  }

  has(key: string): boolean {
    for (const minute of this.#minutes.values()) if (minute.has(key)) return true;
    return false;
  }

  add(key: string, timeMs: number, nowMs: number): void {
    // A clock that jumps must neither keep entries for ever nor drop them at once.
    const minute = Math.floor(Math.min(timeMs, nowMs) / MINUTE_MS);
    if (minute * MINUTE_MS + MINUTE_MS < nowMs - this.#options.windowMs) return;
    let keys = this.#minutes.get(minute);
    if (keys === undefined) {
      this.expire(nowMs);
      keys = new Set();
      this.#minutes.set(minute, keys);
    }
    const before = keys.size;
    keys.add(key);
    this.#entries += keys.size - before;
    if (this.#entries > this.#options.maxEntries) this.evicted += this.#dropOldest();
  }

  /** Forgets what is older than the window. A minute in the future is a clock set back: it is kept until it has passed. */
  expire(nowMs: number): void {
    for (const minute of this.#minutes.keys()) {
      if ((minute + 1) * MINUTE_MS < nowMs - this.#options.windowMs) this.#drop(minute);
    }
  }

  #dropOldest(): number {
    return this.#drop(Math.min(...this.#minutes.keys()));
  }

  #drop(minute: number): number {
    const dropped = this.#minutes.get(minute)?.size ?? 0;
    this.#minutes.delete(minute);
    this.#entries -= dropped;
    return dropped;
  }
}

/** A body hash as a map key. */
export function historyKey(bodyHash: Uint8Array): string {
  return Buffer.from(bodyHash.buffer, bodyHash.byteOffset, bodyHash.length).toString('latin1');
}
