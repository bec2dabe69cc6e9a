/** What the stages did to one request. */
export interface StageCounts {
  readonly masked: readonly { readonly rule: string; readonly service: string; readonly count: number }[];
  readonly dropped: readonly { readonly rule: string; readonly lines: number; readonly bytes: number }[];
  /** Spans a rule of sampling decided about, and how many of them it kept; an empty rule stands for none that matched. */
  readonly sampled: readonly { readonly rule: string; readonly spans: number; readonly kept: number }[];
}

/** Counts of a request, or of all requests there were. */
export class StageTally {
  readonly #masked = new Map<string, Map<string, number>>();
  readonly #dropped = new Map<string, { lines: number; bytes: number }>();
  readonly #sampled = new Map<string, { spans: number; kept: number }>();
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

  sampled(rule: string, kept: number, spans: number): void {
    const sums = this.#sampled.get(rule);
    if (sums === undefined) this.#sampled.set(rule, { spans, kept });
    else {
      sums.spans += spans;
      sums.kept += kept;
    }
  }

  add({ masked, dropped, sampled }: StageCounts): void {
    for (const { rule, spans, kept } of sampled) this.sampled(rule, kept, spans);
    for (const { rule, service, count } of masked) this.masked(rule, service, count);
    for (const { rule, lines, bytes } of dropped) this.dropped(rule, lines, bytes);
  }

  counts(): StageCounts {
    return {
      masked: [...this.#masked].flatMap(([rule, services]) =>
        [...services].map(([service, count]) => ({ rule, service, count })),
      ),
      dropped: [...this.#dropped].map(([rule, { lines, bytes }]) => ({ rule, lines, bytes })),
      sampled: [...this.#sampled].map(([rule, { spans, kept }]) => ({ rule, spans, kept })),
    };
  }

  /** The counts since the last time, undefined when there are none. */
  take(): StageCounts | undefined {
    if (this.#masked.size === 0 && this.#dropped.size === 0 && this.#sampled.size === 0) return undefined;
    const counts = this.counts();
    this.#masked.clear();
    this.#dropped.clear();
    this.#sampled.clear();
    return counts;
  }
}
