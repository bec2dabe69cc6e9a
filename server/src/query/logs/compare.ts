import type { LogExpr } from '@trilith/lang/logql';
import type { LogqlEngine } from '../logql/engine.ts';
import { fieldsSeen, type LogFieldView, type SeenField } from './fields.ts';
import { sampleRecords } from './records.ts';

/** One field whose values are spread otherwise than before. Shares are of the records that were looked at. */
export interface FieldDifference {
  readonly name: string;
  readonly origin: LogFieldView['origin'];
  readonly parser: LogFieldView['parser'];
  /** Half the sum of the differences of shares (total variation distance): 0 when spread alike, 1 when nothing is common. */
  readonly difference: number;
  /** Values whose share changed most; the empty value stands for records without the field. */
  readonly values: readonly { readonly value: string; readonly share: number; readonly baseShare: number }[];
}

export interface LogComparison {
  readonly sampled: number;
  readonly baseSampled: number;
  readonly fields: readonly FieldDifference[];
}

interface Range {
  /** ns, half open. */
  readonly startNs: bigint;
  readonly endNs: bigint;
}

const VALUES_SHOWN = 8;
const FIELDS_SHOWN = 40;
/** Fields with a value of its own for nearly every record (ids, times) differ always and say nothing. */
const MOST_DISTINCT = 0.5;
/** Less than this two samples of the same lines differ too. */
const LEAST_DIFFERENCE = 0.02;

/** Fields of a query's records whose values are spread otherwise than in an earlier range. Throws LogqlError and StoreError. */
export async function compareLogs(
  engine: LogqlEngine,
  query: {
    readonly log: LogExpr;
    readonly range: Range;
    readonly base: Range;
    /** Records looked at in each range. */
    readonly sample: number;
    readonly signal?: AbortSignal;
  },
): Promise<LogComparison> {
  const { log, sample, signal } = query;
  const common = { log, limit: sample, ...(signal === undefined ? {} : { signal }) };
  const now = await sampleRecords(engine, { ...common, ...query.range });
  const base = await sampleRecords(engine, { ...common, ...query.base });
  const ours = fieldsSeen(now);
  const theirs = fieldsSeen(base);
  const fields: FieldDifference[] = [];
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const found = differenceOf(name, ours.get(name), theirs.get(name), now.length, base.length);
    if (found !== undefined && found.difference >= LEAST_DIFFERENCE) fields.push(found);
  }
  fields.sort((a, b) => b.difference - a.difference || (a.name < b.name ? -1 : 1));
  return { sampled: now.length, baseSampled: base.length, fields: fields.slice(0, FIELDS_SHOWN) };
}

function differenceOf(
  name: string,
  ours: SeenField | undefined,
  theirs: SeenField | undefined,
  sampled: number,
  baseSampled: number,
): FieldDifference | undefined {
  const seen = ours ?? theirs;
  if (seen === undefined || isIdentity(ours) || isIdentity(theirs)) return undefined;
  const share = (field: SeenField | undefined, value: string, all: number): number => {
    if (all === 0) return 0;
    return (value === '' ? all - (field?.records ?? 0) : (field?.values.get(value) ?? 0)) / all;
  };
  const values = [...new Set(['', ...(ours?.values.keys() ?? []), ...(theirs?.values.keys() ?? [])])].map((value) => ({
    value,
    share: share(ours, value, sampled),
    baseShare: share(theirs, value, baseSampled),
  }));
  const change = (one: (typeof values)[number]): number => Math.abs(one.share - one.baseShare);
  const difference = values.reduce((sum, one) => sum + change(one), 0) / 2;
  const shown = values.filter((one) => one.share > 0 || one.baseShare > 0).sort((a, b) => change(b) - change(a));
  return { name, origin: seen.origin, parser: seen.parser, difference, values: shown.slice(0, VALUES_SHOWN) };
}

function isIdentity(field: SeenField | undefined): boolean {
  return field !== undefined && field.values.size > 20 && field.values.size > field.records * MOST_DISTINCT;
}
