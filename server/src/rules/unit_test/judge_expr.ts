import { formatDuration } from '@trilith/lang/promql';
import { labelsFrom } from '../../model/labels.ts';
import { hasFailed } from '../ports.ts';
import { answerOfQuery } from '../query_answer.ts';
import { parseSeriesLine } from './series_notation.ts';
import { compareLabels, histogramExpression, type ShownSample, samplesText } from './shown.ts';
import type { ExpectedSample, ExprTest } from './test_file.ts';
import type { TestMemory } from './test_memory.ts';

/** Why an expression does not give what is expected, in promtool's words; undefined when it does. */
export async function judgeExpr(
  { expr, evalTimeMs, expected }: ExprTest,
  memory: TestMemory,
  startMs: number,
  fuzzy: boolean,
): Promise<string | undefined> {
  const head = `    expr: ${JSON.stringify(expr)}, time: ${formatDuration(evalTimeMs)},`;
  try {
    const answer = answerOfQuery(await memory.query(expr, startMs + evalTimeMs));
    if (hasFailed(answer)) return `${head} err: ${answer.error}`;
    const got = answer.map(({ labels, value, histogram }): ShownSample => {
      return { labels, value, histogram: histogram === undefined ? undefined : histogramExpression(histogram) };
    });
    const wanted = expected.map(expectedSample);
    got.sort(byLabels);
    wanted.sort(byLabels);
    const same = got.length === wanted.length && got.every((sample, i) => isSame(sample, wanted[i], fuzzy));
    return same ? undefined : `${head}\n        exp: ${samplesText(wanted)}\n        got: ${samplesText(got)}`;
  } catch (error) {
    return `${head} err: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function expectedSample({ labels, value, histogram }: ExpectedSample): ShownSample {
  try {
    const parsed = labelsFrom(parseSeriesLine(labels).labels);
    if (histogram === '') return { labels: parsed, value, histogram: undefined };
    const { points } = parseSeriesLine(`{} ${histogram}`);
    const [point] = points;
    if (points.length !== 1 || point === undefined) throw new Error(`expected 1 value, got ${points.length}`);
    if (point.kind !== 'histogram') throw new Error(`expected histogram, got ${histogram}`);
    return { labels: parsed, value: Number.NaN, histogram: histogramExpression(point.histogram) };
  } catch (error) {
    throw new Error(`labels ${JSON.stringify(labels)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const byLabels = (a: ShownSample, b: ShownSample): number => compareLabels(a.labels, b.labels);

function isSame(got: ShownSample, wanted: ShownSample | undefined, fuzzy: boolean): boolean {
  if (wanted === undefined || compareLabels(got.labels, wanted.labels) !== 0) return false;
  if (got.histogram !== undefined || wanted.histogram !== undefined) return got.histogram === wanted.histogram;
  return got.value === wanted.value || (fuzzy && isNeighbour(got.value, wanted.value));
}

const bits = new BigInt64Array(1);
const floats = new Float64Array(bits.buffer);

/** Whether two floats follow one another. */
function isNeighbour(a: number, b: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  const place = (value: number): bigint => {
    floats[0] = value;
    const raw = bits[0] as bigint;
    return raw < 0n ? -(raw & 0x7fff_ffff_ffff_ffffn) : raw;
  };
  const distance = place(a) - place(b);
  return distance >= -1n && distance <= 1n;
}
