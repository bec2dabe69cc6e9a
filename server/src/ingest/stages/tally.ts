/** What the stages did to one request. */
export interface StageCounts {
  readonly masked: readonly { readonly rule: string; readonly service: string; readonly count: number }[];
  readonly dropped: readonly { readonly rule: string; readonly lines: number; readonly bytes: number }[];
}

/** Counts of a request, or of all requests there were. */
export class StageTally {
  readonly #masked = new Map<string, Map<string, number>>();
  readonly #dropped = new Map<string, { lines: number; bytes: number }>();
  readonly #mostServices: number;

  /** Of more services than `mostServices` the rest is counted without a name. */
  constructor(mostServices = 1000) {
    this.#mostServices = mostServices;
  }

  masked(rule: string, service: string, count = 1): void {
    let services = this.#masked.get(rule);
    if (services === undefined) {
      services = new Map();
      this.#masked.set(rule, services);
    }
    const name = services.has(service) || services.size < this.#mostServices ? service : '';
    services.set(name, (services.get(name) ?? 0) + count);
  }

  dropped(rule: string, lines: number, bytes: number): void {
    const sums = this.#dropped.get(rule);
    if (sums === undefined) this.#dropped.set(rule, { lines, bytes });
    else {
      sums.lines += lines;
      sums.bytes += bytes;
    }
  }

  add({ masked, dropped }: StageCounts): void {
    for (const { rule, service, count } of masked) this.masked(rule, service, count);
    for (const { rule, lines, bytes } of dropped) this.dropped(rule, lines, bytes);
  }

  counts(): StageCounts {
    return {
      masked: [...this.#masked].flatMap(([rule, services]) =>
        [...services].map(([service, count]) => ({ rule, service, count })),
      ),
      dropped: [...this.#dropped].map(([rule, { lines, bytes }]) => ({ rule, lines, bytes })),
    };
  }

  /** The counts since the last time, undefined when there are none. */
  take(): StageCounts | undefined {
    if (this.#masked.size === 0 && this.#dropped.size === 0) return undefined;
    const counts = this.counts();
    this.#masked.clear();
    this.#dropped.clear();
    return counts;
  }
}
