import type { Interner } from '../../model/ingest.ts';
import type { Labels } from '../../model/labels.ts';
import type { Section } from '../../model/section.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { splitByDay } from './days.ts';
import { timePairs } from './samples.ts';
import { idPairs, labelsMap } from './series.ts';

/** Rows of the `exemplars` table in the making. */
export class ExemplarColumns {
  readonly #interner: Interner;
  #references: number[] = [];
  #times: number[] = [];
  #values: number[] = [];
  #traceIds: string[] = [];
  #spanIds: string[] = [];
  #labels: Labels[] = [];

  constructor(interner: Interner) {
    this.#interner = interner;
  }

  get rows(): number {
    return this.#references.length;
  }

  truncate(rows: number): void {
    for (const column of [this.#references, this.#times, this.#values, this.#traceIds, this.#spanIds, this.#labels]) {
      column.length = rows;
    }
  }

  /** Adds an exemplar; its labels `trace_id` and `span_id` go to columns of their own, in lower case. */
  append(reference: number, timeMs: number, value: number, labels: Labels): void {
    let traceId = '';
    let spanId = '';
    const rest: string[] = [];
    for (let i = 0; i < labels.length; i += 2) {
      const name = labels[i] ?? '';
      const text = labels[i + 1] ?? '';
      if (name === 'trace_id') traceId = text.toLowerCase();
      else if (name === 'span_id') spanId = text.toLowerCase();
      else rest.push(name, text);
    }
    this.#references.push(reference);
    this.#times.push(timeMs);
    this.#values.push(value);
    this.#traceIds.push(traceId);
    this.#spanIds.push(spanId);
    this.#labels.push(rest);
  }

  /** The rows as sections, one a UTC day. */
  sections(): Section[] {
    return splitByDay(this.#times, this.rows).map(({ day, rows, count }) => ({
      table: 'exemplars',
      partition: day,
      rows: count,
      block: this.#block(rows, count),
    }));
  }

  #block(rows: Uint32Array | null, count: number): Uint8Array<ArrayBuffer> {
    const pick = <T>(values: readonly T[]): readonly T[] =>
      rows === null ? values : Array.from(rows, (row) => values[row] as T);
    return encodeBlock(
      TABLES.exemplars,
      [
        { kind: 'number', values: idPairs(this.#interner, pick(this.#references)) },
        { kind: 'number', values: timePairs(this.#times, rows, count) },
        { kind: 'number', values: Float64Array.from(pick(this.#values)) },
        { kind: 'strings', values: pick(this.#traceIds) },
        { kind: 'strings', values: pick(this.#spanIds) },
        labelsMap(pick(this.#labels)),
      ],
      count,
      { omitLast: true },
    );
  }
}
