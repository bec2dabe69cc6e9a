import type { LogqlEngine } from '../logql/engine.ts';
import type { LogLineView } from '../logs/line_view.ts';
import { logPage } from '../logs/lines.ts';
import type { LiveBatch } from './live_batch.ts';
import type { LiveQuery } from './live_query.ts';

/** A matching line that was not shown. */
export interface DroppedLine {
  readonly timeNs: bigint;
  readonly labels: LogLineView['stream']['labels'];
}

/** What a tail has to show now. */
export interface TailFrame {
  /** In order of time. */
  readonly lines: readonly LogLineView[];
  /** Matching lines left out since the frame before: they came faster than is shown, or than the client reads. */
  readonly dropped: number;
  /** The first of those. */
  readonly droppedLines: readonly DroppedLine[];
}

export interface TailOptions {
  readonly query: LiveQuery;
  /** Where history begins, ns. */
  readonly startNs: bigint;
  /** The newest lines of history that are shown; 0: none. */
  readonly historyLines: number;
  /** How long lines are held back so that late ones come in order, ms. */
  readonly delayMs: number;
  /** Monotonic clock, ms. */
  readonly nowMs: () => number;
}

/** Lines shown a second in the long run, and at once after a pause. */
const LINES_PER_SECOND = 1_000;
const BURST = 2_000;
/** Records that wait for history to be read. */
const MOST_HELD = 100_000;
const MOST_DROPPED_LINES = 10;
/** So long after history was read records may still come that it showed. */
const OVERLAP_MS = 5_000;

/**
 * One client's tail: history from the store, then what is accepted from now on, without gap or repetition. Records accepted
 * before `begin` is called must be in the store by then; those accepted later must be given to `take`.
 */
export class Tail {
  readonly #options: TailOptions;
  readonly #engine: LogqlEngine;
  #held: LiveBatch[] | undefined = [];
  #heldRows = 0;
  #ready: { readonly line: LogLineView; readonly atMs: number }[] = [];
  #dropped = 0;
  #droppedLines: DroppedLine[] = [];
  #tokens = BURST;
  #filledAtMs: number;
  #shown: Set<string> | undefined;
  #oldestShownNs = -1n;
  #begunAtMs = 0;
  #wake: (() => void) | undefined;

  constructor(engine: LogqlEngine, options: TailOptions) {
    this.#options = options;
    this.#engine = engine;
    this.#filledAtMs = options.nowMs();
  }

  /** Reads history, then shows what came in the meantime. Throws LogqlError and StoreError. */
  async begin(nowNs: bigint, signal: AbortSignal): Promise<void> {
    const { query, startNs, historyLines: limit, nowMs } = this.#options;
    this.#shown = new Set();
    if (limit > 0) {
      const range = { startNs, endNs: nowNs + FUTURE_NS };
      const page = await logPage(this.#engine, { log: query.log, ...range, direction: 'backward', limit, signal });
      const lines = page.lines.slice(0, limit).reverse();
      for (const line of lines) {
        this.#shown.add(identityOf(line));
        this.#ready.push({ line, atMs: Number.NEGATIVE_INFINITY });
      }
      if (page.next !== undefined || page.lines.length > limit) this.#oldestShownNs = lines[0]?.position.timeNs ?? -1n;
    } else await this.#engine.index.refresh();
    this.#begunAtMs = nowMs();
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const batch of held) this.take(batch);
    this.#wake?.();
  }

  /** Looks at accepted records. */
  take(live: LiveBatch): void {
    if (this.#held !== undefined) {
      this.#hold(live, this.#held);
      return;
    }
    const atMs = this.#options.nowMs();
    if (this.#shown !== undefined && atMs - this.#begunAtMs > OVERLAP_MS) this.#shown = undefined;
    this.#fillTokens(atMs);
    const { query } = this.#options;
    for (const row of query.candidates(live)) {
      if (this.#tokens < 1) this.#drop(live, row);
      else this.#show(query.view(live, row), atMs);
    }
    if (this.#ready.length > 0 || this.#dropped > 0) this.#wake?.();
  }

  /** Counts records that nobody looked at because there were too many to look at: some may have matched. */
  skip(rows: number): void {
    this.#dropped += rows;
    this.#wake?.();
  }

  /** The next frame, as soon as there is something to show. Rejects when the signal is aborted. */
  async frame(signal: AbortSignal): Promise<TailFrame> {
    for (;;) {
      signal.throwIfAborted();
      const frame = this.#cut();
      if (frame !== undefined) return frame;
      const woken = Promise.withResolvers<void>();
      this.#wake = woken.resolve;
      signal.addEventListener('abort', () => woken.resolve(), { once: true });
      const timer = this.#ready.length > 0 ? setTimeout(woken.resolve, DELAYED_LOOK_MS) : undefined;
      await woken.promise;
      clearTimeout(timer);
      this.#wake = undefined;
    }
  }

  #cut(): TailFrame | undefined {
    const until = this.#options.nowMs() - this.#options.delayMs;
    let count = this.#ready.findIndex(({ atMs }) => atMs > until);
    if (count < 0) count = this.#ready.length;
    if (count === 0 && this.#dropped === 0) return undefined;
    const lines = this.#ready.splice(0, count).map(({ line }) => line);
    lines.sort((a, b) => (a.position.timeNs < b.position.timeNs ? -1 : a.position.timeNs > b.position.timeNs ? 1 : 0));
    const frame = { lines, dropped: this.#dropped, droppedLines: this.#droppedLines };
    this.#dropped = 0;
    this.#droppedLines = [];
    return frame;
  }

  #hold(live: LiveBatch, held: LiveBatch[]): void {
    if (this.#heldRows + live.batch.rows > MOST_HELD) {
      this.skip(live.batch.rows);
      return;
    }
    this.#heldRows += live.batch.rows;
    held.push(live);
  }

  #show(line: LogLineView | null, atMs: number): void {
    if (line === null) return;
    const { timeNs } = line.position;
    if (this.#shown !== undefined && (timeNs < this.#oldestShownNs || this.#shown.has(identityOf(line)))) return;
    this.#tokens--;
    this.#ready.push({ line, atMs });
  }

  #drop({ batch }: LiveBatch, row: number): void {
    this.#dropped++;
    if (this.#droppedLines.length >= MOST_DROPPED_LINES) return;
    this.#droppedLines.push({ timeNs: batch.times[row] ?? 0n, labels: batch.stream(row).labels });
  }

  /** What waits to be read by the client uses up what may be shown: it never is more than a burst. */
  #fillTokens(nowMs: number): void {
    const filled = this.#tokens + ((nowMs - this.#filledAtMs) * LINES_PER_SECOND) / 1000;
    this.#tokens = Math.min(filled, BURST - this.#ready.length);
    this.#filledAtMs = nowMs;
  }
}

/** Senders' clocks may be ahead. */
const FUTURE_NS = 3_600_000_000_000n;
const DELAYED_LOOK_MS = 100;

/** What names a record in history and live alike. */
function identityOf({ position, hash }: LogLineView): string {
  return `${position.timeNs}.${position.streamId}.${hash}`;
}
