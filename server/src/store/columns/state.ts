import type { Section } from '../../model/section.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { dictionary } from './series.ts';

/** A version of something people or programs decided, as the table of state keeps it. */
export interface StateRow {
  readonly kind: string;
  readonly id: string;
  /** Counts up from 1. */
  readonly version: number;
  /** JSON. */
  readonly body: string;
  readonly author: string;
  /** ms since the epoch. */
  readonly timeMs: number;
}

/** Rows of the `state` table. */
export function stateSection(rows: readonly StateRow[]): Section {
  const block = encodeBlock(
    TABLES.state,
    [
      dictionary(rows.map(({ kind }) => kind)),
      { kind: 'strings', values: rows.map(({ id }) => id) },
      { kind: 'number', values: BigUint64Array.from(rows, ({ version }) => BigInt(version)) },
      { kind: 'strings', values: rows.map(({ body }) => body) },
      { kind: 'strings', values: rows.map(({ author }) => author) },
      { kind: 'number', values: BigInt64Array.from(rows, ({ timeMs }) => BigInt(timeMs)) },
    ],
    rows.length,
    { omitLast: true },
  );
  return { table: 'state', partition: 0, rows: rows.length, block };
}
