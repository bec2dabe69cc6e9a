import type { QueryResult, ResultSeries } from '../../../server/src/query/index.ts';
import type { LabelMap, SeriesLine } from '../../../server/src/rules/index.ts';
import { almostEqual } from './almost_equal.ts';
import { judgeHistogram } from './judge_histogram.ts';
import type { Evaluation, Expectation } from './script.ts';

export const labelKey = (labels: LabelMap): string => JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));

function keyOf(labels: readonly string[]): string {
  const map = new Map<string, string>();
  for (let i = 0; i < labels.length; i += 2) map.set(labels[i] ?? '', labels[i + 1] ?? '');
  return labelKey(map);
}

/** Why a result is not what a script expects, or undefined when it is. */
export function judge(evaluation: Evaluation, result: QueryResult): string | undefined {
  if (evaluation.expectations.some(({ type }) => type === 'fail')) return 'expected the query to fail';
  return judgeRemarks(evaluation, result) ?? judgeValues(evaluation, result);
}

/** Why an error is not the expected one, or undefined when it is. */
export function judgeError(evaluation: Evaluation, message: string): string | undefined {
  const fails = evaluation.expectations.filter(({ type }) => type === 'fail');
  if (fails.length === 0) return `failed: ${message}`;
  const wrong = fails.find((one) => !matches(one, message));
  return wrong === undefined ? undefined : `expected the error ${wrong.message ?? wrong.pattern}, got ${message}`;
}

function matches({ message, pattern }: Expectation, text: string): boolean {
  if (message !== undefined) return message === text || JSON.stringify(text) === message;
  return pattern === undefined || new RegExp(pattern, 'u').test(text);
}

function judgeRemarks(evaluation: Evaluation, result: QueryResult): string | undefined {
  for (const [type, remarks] of [
    ['warn', result.warnings],
    ['info', result.infos],
  ] as const) {
    const wanted = evaluation.expectations.filter((one) => one.type === type);
    if (evaluation.expectations.some((one) => one.type === `no_${type}`) && remarks.length > 0)
      return `unexpected ${type}: ${remarks[0]}`;
    const missing = wanted.find((one) => !remarks.some((remark) => matches(one, remark)));
    if (missing !== undefined)
      return `no ${type} like ${missing.message ?? missing.pattern ?? 'any'}, got ${JSON.stringify(remarks)}`;
    const extra =
      wanted.length === 0 ? undefined : remarks.find((remark) => !wanted.some((one) => matches(one, remark)));
    if (extra !== undefined) return `unexpected ${type}: ${extra}`;
  }
  return undefined;
}

/** Why the values of a result are not those a script expects, or undefined when they are. */
export function judgeValues(evaluation: Evaluation, result: QueryResult): string | undefined {
  if (evaluation.text !== undefined)
    return result.text === evaluation.text ? undefined : `expected the string ${evaluation.text}, got ${result.text}`;
  if (evaluation.scalar !== undefined) {
    const got = result.series[0]?.values[0] ?? Number.NaN;
    if (result.type !== 'scalar') return `expected a scalar, got a ${result.type}`;
    return almostEqual(got, evaluation.scalar) ? undefined : `expected ${evaluation.scalar}, got ${got}`;
  }
  const left = new Map(evaluation.series.map((line, position) => [labelKey(line.labels), { line, position }]));
  const ordered = evaluation.expectations.some(({ type }) => type === 'ordered');
  for (const [position, series] of result.series.entries()) {
    const key = keyOf(series.labels);
    const expected = left.get(key);
    if (expected === undefined) return `unexpected series ${key} with ${[...series.values].join(' ')}`;
    left.delete(key);
    if (ordered && expected.position !== position) return `${key} is at position ${position}, not ${expected.position}`;
    const wrong = judgeSeries(evaluation, expected.line, series);
    if (wrong !== undefined) return `${key}: ${wrong}`;
  }
  for (const [key, { line }] of left)
    if (line.points.some(({ kind }) => kind !== 'nothing')) return `series ${key} is missing`;
  return undefined;
}

function judgeSeries(evaluation: Evaluation, line: SeriesLine, series: ResultSeries): string | undefined {
  const { startMs, stepMs } = evaluation.rangeVector ?? evaluation;
  const expected = line.points.flatMap((point, i) =>
    point.kind === 'value' || point.kind === 'histogram' ? [{ time: startMs + i * stepMs, point }] : [],
  );
  if (expected.length !== series.values.length)
    return `expected ${expected.length} points, got ${[...series.values].join(' ')}`;
  for (const [i, { time, point }] of expected.entries()) {
    if (evaluation.stepMs + (evaluation.rangeVector?.stepMs ?? 0) > 0 && series.times[i] !== time)
      return `point ${i} is at ${series.times[i]}, not ${time}`;
    const histogram = series.histograms?.[i];
    if (point.kind === 'histogram') {
      const wrong = histogram === undefined ? 'a native histogram is expected' : judgeHistogram(point, histogram);
      if (wrong !== undefined) return `point ${i}: ${wrong}`;
    } else if (histogram !== undefined) return `point ${i} is a native histogram, not ${point.value}`;
    else if (!almostEqual(series.values[i] ?? Number.NaN, point.value))
      return `point ${i} is ${series.values[i]}, not ${point.value}`;
  }
  return undefined;
}
