import type { NsRange } from '../../store/index.ts';
import { compileTest } from './slice_test.ts';
import { type SpanSlice, ZONE_ROWS } from './span_slice.ts';
import { zoneCoverage } from './zone_test.ts';

/** Kinds of spans as numbers; 0 is none. */
export const SERVER = 1;
export const CONSUMER = 2;
export const PRODUCER = 3;
export const CLIENT = 4;
const OTHER = 5;
const KINDS: ReadonlyMap<string, number> = new Map([
  ['Server', SERVER],
  ['Consumer', CONSUMER],
  ['Producer', PRODUCER],
  ['Client', CLIENT],
]);

/** What rows are asked for again and again, by their code of `forms`. */
export interface FormFacts {
  readonly kinds: Uint8Array;
  /** 1 where the status is an error. */
  readonly failed: Uint8Array;
  /** How many spans one stands for. */
  readonly weights: Float64Array;
}

export function formFacts(slice: SpanSlice): FormFacts {
  const { size } = slice.formWords;
  const facts = { kinds: new Uint8Array(size), failed: new Uint8Array(size), weights: new Float64Array(size) };
  for (let code = 0; code < size; code++) {
    const { kind, status, weight } = slice.form(code);
    facts.kinds[code] = KINDS.get(kind) ?? OTHER;
    facts.failed[code] = status === 'Error' ? 1 : 0;
    facts.weights[code] = weight;
  }
  return facts;
}

/** The kinds of the rows of a slice that begin in a range; 0 of others and of repeats. */
export function kindsWithin(slice: SpanSlice, range: NsRange, { kinds }: FormFacts): Uint8Array {
  const { rows, repeats } = slice;
  const found = new Uint8Array(rows);
  const forms = slice.forms.values;
  const coverageOf = zoneCoverage(slice, range);
  const isWithin = compileTest(slice, { kind: 'within', startNs: range.startNs, endNs: range.endNs });
  for (let zone = 0; zone * ZONE_ROWS < rows; zone++) {
    const coverage = coverageOf(zone);
    if (coverage === 'none') continue;
    const end = Math.min(rows, (zone + 1) * ZONE_ROWS);
    for (let row = zone * ZONE_ROWS; row < end; row++)
      if (coverage === 'all' || isWithin(row)) found[row] = kinds[forms[row] as number] as number;
  }
  for (const row of repeats) if (row < rows) found[row] = 0;
  return found;
}
