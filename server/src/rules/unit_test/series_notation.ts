import { parseDuration, parseSelector } from '@trilith/lang/promql';
import { type HistogramPoint, histogramSequence } from './histogram_notation.ts';
import { numberOf, repeats } from './number_notation.ts';

/** Labels as name → value. */
export type LabelMap = ReadonlyMap<string, string>;

/** A point of a series line: a value, nothing, a stale marker, or a native histogram. */
export type Point =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'stale' }
  | HistogramPoint;

export interface SeriesLine {
  readonly labels: LabelMap;
  readonly points: readonly Point[];
  /** How far the start timestamp of each point lies from it, ms; undefined where it has none. */
  readonly starts?: readonly (number | undefined)[];
}

/** Parses `metric{a="b"} 1 2+3x4 _ stale`. Throws Error. */
export function parseSeriesLine(line: string): SeriesLine {
  const end = metricEnd(line);
  return { labels: parseLabels(line.slice(0, end).trim()), points: parsePoints(line.slice(end)) };
}

/** Where the metric of a series line ends: after its closing brace, or at the first blank. */
function metricEnd(line: string): number {
  let quote = '';
  let depth = 0;
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    if (quote !== '') {
      if (c === '\\' && quote !== '`') i++;
      else if (c === quote) quote = '';
    } else if (depth > 0 && (c === '"' || c === "'" || c === '`')) quote = c;
    else if (c === '{') depth++;
    else if (c === '}') {
      if (--depth === 0) return i + 1;
    } else if (depth === 0 && (c === ' ' || c === '\t') && line.slice(i).trimStart().charAt(0) !== '{') return i;
    else if (depth === 0 && (c === ' ' || c === '\t') && line.slice(i).trimStart().startsWith('{{')) return i;
  }
  return line.length;
}

function parseLabels(text: string): LabelMap {
  const labels = new Map<string, string>();
  if (text === '' || text === '{}') return labels;
  const anchor = '__anchor__';
  let matchers: readonly { readonly name: string; readonly value: string }[];
  try {
    ({ matchers } = parseSelector(text));
  } catch (error) {
    // A label set may hold empty values only, which a selector may not.
    if (!text.startsWith('{')) throw error;
    matchers = parseSelector(anchor + text).matchers.filter(({ value }) => value !== anchor);
  }
  for (const { name, value } of matchers) if (value !== '') labels.set(name, value);
  return labels;
}

function parsePoints(text: string): readonly Point[] {
  const points: Point[] = [];
  for (const item of items(text)) points.push(...expand(item));
  return points;
}

/** Items are separated by blanks; histograms in double braces hold blanks of their own. */
function items(text: string): readonly string[] {
  const found: string[] = [];
  let current = '';
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '{') depth++;
    if (c === '}') depth--;
    if (depth === 0 && (c === ' ' || c === '\t')) {
      if (current !== '') found.push(current);
      current = '';
    } else current += c;
  }
  if (current !== '') found.push(current);
  return found;
}

const NUMBER = String.raw`[+-]?(?:[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+\.|[iI]nf|[nN]a[nN])`;
const SEQUENCE = new RegExp(`^(${NUMBER})(?:([+-])(${NUMBER.replace('[+-]?', '')}))?(?:x(\\d+))?$`);

function expand(item: string): readonly Point[] {
  if (item.startsWith('{{')) return histogramSequence(item);
  const blank = /^_(?:x(\d+))?$/.exec(item);
  if (blank !== null) return Array.from({ length: repeats(blank[1] ?? '1') }, () => ({ kind: 'nothing' }));
  const stale = /^stale(?:x(\d+))?$/i.exec(item);
  if (stale !== null)
    return Array.from({ length: stale[1] === undefined ? 1 : repeats(stale[1]) + 1 }, () => ({ kind: 'stale' }));
  const match = SEQUENCE.exec(item);
  if (match === null) throw new Error(`cannot read the point ${JSON.stringify(item)}`);
  const [, first = '', sign, step, times] = match;
  const start = numberOf(first);
  const delta = step === undefined ? 0 : numberOf(step) * (sign === '-' ? -1 : 1);
  const points: Point[] = [];
  let value = start;
  for (let i = 0; i <= repeats(times ?? '0'); i++) {
    points.push({ kind: 'value', value });
    value += delta;
  }
  return points;
}

/** A moment or step of a script, in ms: a duration, or seconds. */
export function time(text: string): number {
  const negative = text.startsWith('-');
  const bare = text.replace(/^-/, '');
  const ms = /^[0-9.]+$/.test(bare) ? Number(bare) * 1000 : parseDuration(bare);
  return negative ? -ms : ms;
}
