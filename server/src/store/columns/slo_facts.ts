import type { Section } from '../../model/section.ts';
import type { SloFact } from '../../model/slo_fact.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { timePairs } from './samples.ts';
import { dictionary } from './series.ts';

/** Facts as rows of `slo_facts`, which has no partitions. @param countedMs when they were counted, ms since the epoch */
export function sloFactSection(facts: readonly SloFact[], countedMs: number): Section {
  const rows = facts.length;
  const numbers = (value: (fact: SloFact) => number): Float64Array<ArrayBuffer> => Float64Array.from(facts, value);
  const block = encodeBlock(
    TABLES.slo_facts,
    [
      dictionary(facts.map(({ objective }) => objective)),
      dictionary(facts.map(({ dimension }) => dimension)),
      { kind: 'number', values: Uint32Array.from(facts, ({ slotMs }) => slotMs / 1000) },
      { kind: 'number', values: timePairs(new Float64Array(rows).fill(countedMs), null, rows) },
      { kind: 'number', values: numbers(({ bad }) => bad) },
      { kind: 'number', values: numbers(({ total }) => total) },
    ],
    rows,
    { omitLast: true },
  );
  return { table: 'slo_facts', partition: 0, rows, block };
}
