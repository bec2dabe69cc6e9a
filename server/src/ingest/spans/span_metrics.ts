import { ProtobufReader } from '../../base/protobuf.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import type { Decoded, Interner } from '../../model/ingest.ts';
import type { Section } from '../../model/section.ts';
import { dayOf } from '../../model/units.ts';
import {
  metricColumns,
  metricSections,
  type StoredSpanSums,
  spanFactsSection,
  spanSumsSection,
} from '../../store/index.ts';
import { decodeFacts, encodeFacts, type SpanFacts } from './facts.ts';
import type { SpanMetricsSettings } from './settings.ts';
import { SpanSampleWriter } from './span_samples.ts';
import { type SpanSeries, SpanSums } from './span_sums.ts';
import { encodeSums } from './sums.ts';

/** How it went, for people. */
export interface SpanMetricsReport {
  /** The run that asks for what earlier runs had counted; undefined once it was given. */
  readonly needsEarlier: number | undefined;
  readonly keys: number;
  readonly limit: number;
  /** Since the worker began: spans and edges counted in series of overflow. */
  readonly overflowed: number;
  /** Sides of requests that wait, that found no other and named nobody, and that were given up early. */
  readonly waiting: number;
  readonly alone: number;
  readonly early: number;
  /** Samples left out because the tenant has too many series. */
  readonly refused: number;
}

/** What a flush was asked with. */
export interface SpanMetricsRequest {
  readonly earlier?: StoredSpanSums;
}

interface Pending {
  readonly facts: SpanFacts;
  state: 'pending' | 'stored' | 'dropped';
}

/** A key that counts nothing is repeated this often, so that it can be seen, and for this long. */
const REPEAT_MS = 60_000;
const REPEATED_FOR_MS = 15 * 60_000;
/** The row of `span_sums` that holds the sides of requests that wait. */
const WAITING_KEY = '';

/**
 * Series made from one tenant's spans. Every request's facts are numbered and kept with its spans; they count when the log
 * has acknowledged them, in the order of their numbers. A flush writes samples and, in the same record of the log, the sums
 * up to a number: whoever begins anew goes on from the newest sums and the facts after them.
 */
export class SpanMetrics {
  #run: number;
  readonly #settings: SpanMetricsSettings;
  readonly #sums: SpanSums;
  #pending: Pending[] = [];
  /** The number of the first pending facts. */
  #first = 1;
  #taken: number[] = [];
  #knowsEarlier = false;
  #lastFlushMs = 0;
  #lastNumber = 0;
  #refused = 0;
  /** Series written by flushes the log has not answered. */
  readonly #flushed = new Map<number, readonly { readonly series: SpanSeries; readonly wasNew: boolean }[]>();
  #lastFlush: readonly { readonly series: SpanSeries; readonly wasNew: boolean }[] | undefined;

  /** @param run names this run of the program: later ones have larger numbers */
  constructor(run: number, settings: SpanMetricsSettings) {
    this.#run = run;
    this.#settings = settings;
    this.#sums = new SpanSums(settings.limit, settings.edge_wait_seconds * 1000);
  }

  /** The section that holds the facts. They count once `settle` says that it is stored. */
  take(facts: SpanFacts): Section {
    this.#pending.push({ facts, state: 'pending' });
    const number = this.#first + this.#pending.length - 1;
    this.#taken.push(number);
    return spanFactsSection({ run: this.#run, number }, facts.timeMs, encodeFacts(facts));
  }

  /** Call before each request: what was taken for one that could not be decoded is dropped. */
  beginRequest(): void {
    for (const number of this.#taken) this.settle(number, false);
    this.#taken = [];
    this.#lastFlush = undefined;
  }

  /** What the request took and wrote now waits for the log's answer under this token. */
  waitFor(token: number): { readonly numbers: readonly number[]; readonly token: number } | undefined {
    const numbers = this.#taken;
    this.#taken = [];
    if (this.#lastFlush !== undefined) this.#flushed.set(token, this.#lastFlush);
    const waits = numbers.length > 0 || this.#lastFlush !== undefined;
    this.#lastFlush = undefined;
    return waits ? { numbers, token } : undefined;
  }

  /** The log's answer to a request. */
  answered({ numbers, token }: { readonly numbers: readonly number[]; readonly token: number }, stored: boolean): void {
    for (const number of numbers) this.settle(number, stored);
    const flushed = this.#flushed.get(token);
    this.#flushed.delete(token);
    if (flushed === undefined || stored) return;
    for (const { series, wasNew } of flushed) {
      series.changed = true;
      series.isNew = wasNew;
    }
  }

  private settle(number: number, stored: boolean): void {
    const waiting = this.#pending[number - this.#first];
    if (waiting === undefined) return;
    waiting.state = stored ? 'stored' : 'dropped';
    let done = 0;
    for (const { facts, state } of this.#pending) {
      if (state === 'pending') break;
      if (state === 'stored') this.#sums.add(facts);
      done++;
    }
    this.#pending.splice(0, done);
    this.#first += done;
  }

  /**
   * Samples of everything that has changed, at `nowMs`, and the sums they are. Nothing before it was told what earlier runs
   * had counted: the report asks for it.
   */
  flush(interner: Interner, nowMs: number, { earlier }: SpanMetricsRequest): Decoded {
    if (earlier !== undefined && !this.#knowsEarlier) this.#restore(earlier, nowMs);
    const columns = metricColumns(interner);
    if (!this.#knowsEarlier) return { ...metricSections(columns, nowMs), rejections: [], report: this.report() };
    this.#sums.expire(nowMs);
    const writer = new SpanSampleWriter(interner, columns, this.#settings.histograms);
    const newDay = dayOf(nowMs) !== dayOf(this.#lastFlushMs);
    const zeroMs = nowMs - Math.round(this.#settings.interval_seconds * 1000);
    const rows: { readonly key: string; readonly sums: Uint8Array<ArrayBuffer> }[] = [];
    const flushed: { readonly series: SpanSeries; readonly wasNew: boolean }[] = [];
    for (const series of this.#sums.all()) {
      if (series.changed || newDay) rows.push({ key: series.key, sums: encodeSums(series.sums) });
      const isRepeated = nowMs - series.changedMs < REPEATED_FOR_MS && nowMs - series.writtenMs >= REPEAT_MS;
      if (!series.changed && !isRepeated) continue;
      writer.write(series, nowMs, series.isNew ? zeroMs : undefined);
      flushed.push({ series, wasNew: series.isNew });
      series.changed = false;
      series.isNew = false;
      series.writtenMs = nowMs;
      series.exemplar = undefined;
    }
    this.#refused += writer.refused;
    if (flushed.length > 0) writer.metadata(nowMs);
    const { sections, accepted } = metricSections(columns, nowMs);
    const number = this.#first - 1;
    const isIdle = rows.length === 0 && number === this.#lastNumber;
    this.#lastFlushMs = nowMs;
    if (isIdle && flushed.length === 0) return { sections, accepted, rejections: [], report: this.report() };
    this.#lastFlush = flushed;
    this.#lastNumber = number;
    rows.push({ key: WAITING_KEY, sums: this.#encodeWaiting(nowMs) });
    const position = { run: this.#run, number };
    return {
      sections: [...sections, spanSumsSection(position, nowMs, rows)],
      accepted,
      rejections: [],
      report: this.report(),
    };
  }

  report(): SpanMetricsReport {
    const { pairing, size, overflowed } = this.#sums;
    return {
      needsEarlier: this.#knowsEarlier ? undefined : this.#run,
      keys: size,
      limit: this.#settings.limit,
      overflowed,
      waiting: pairing.waiting().length,
      alone: pairing.alone,
      early: pairing.early,
      refused: this.#refused,
    };
  }

  #restore({ position, sums, facts }: StoredSpanSums, nowMs: number): void {
    const waiting = sums.find(({ key }) => key === WAITING_KEY);
    this.#sums.restore(
      {
        series: sums.filter(({ key }) => key !== WAITING_KEY),
        waiting: waiting === undefined ? [] : decodeWaiting(waiting.sums),
        facts: facts.map(decodeFacts),
      },
      nowMs,
    );
    // A clock that was set back must not make this run look older than the one before.
    this.#run = Math.max(this.#run, position.run + 1);
    this.#knowsEarlier = true;
  }

  /** Waiting: facts with halves only = 1, whether each has found another = 2 (packed). */
  #encodeWaiting(nowMs: number): Uint8Array<ArrayBuffer> {
    const waiting = this.#sums.pairing.waiting();
    const writer = new ProtobufWriter(1024);
    writer.bytes(1, encodeFacts({ timeMs: nowMs, calls: [], halves: waiting.map(({ half }) => half) }));
    writer.packedUint32(
      2,
      waiting.map(({ matched }) => (matched ? 1 : 0)),
    );
    return writer.finish().slice();
  }
}

function decodeWaiting(bytes: Uint8Array<ArrayBuffer>) {
  const reader = new ProtobufReader(bytes);
  let halves: SpanFacts['halves'] = [];
  const matched: number[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) halves = decodeFacts(reader.slice()).halves;
    else if (tag === 0x12) {
      const inner = reader.nested();
      while (!inner.done) matched.push(inner.varint32());
    } else reader.skip(tag);
  }
  return halves.map((half, i) => ({ half, matched: matched[i] === 1 }));
}
