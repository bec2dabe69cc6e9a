import type { Labels } from '../../model/labels.ts';
import { openMetricsFloat } from './go_float.ts';

/** Labels of a series out of its raw bytes; only for series whose bytes were not seen before. */
export type LabelPairs = [name: string, value: string][];

/** The labels between the braces are malformed. */
export class LabelsError extends Error {
  override readonly name = 'LabelsError';
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const NAME_LABEL = '__name__';
/** Everything up to what may follow a name. */
const WORD = /[^\s{},="]*/y;

/** Resolves `\\`, `\"` and `\n`; any other backslash stands for itself (upstream's `lvalReplacer`). */
function unescapeText(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replace(/\\([\\"n])/g, (_, char: string) => (char === 'n' ? '\n' : char));
}

class Cursor {
  readonly source: string;
  readonly strict: boolean;
  position: number;
  constructor(source: string, position: number, strict: boolean) {
    this.source = source;
    this.position = position;
    this.strict = strict;
  }

  /** The character at the position, or nothing at the end. */
  char(): string {
    return this.source[this.position] ?? '';
  }

  blanks(): void {
    if (this.strict) return;
    while (this.char() === ' ' || this.char() === '\t') this.position++;
  }

  take(char: string): boolean {
    if (this.char() !== char) return false;
    this.position++;
    return true;
  }

  expect(char: string, after: string): void {
    if (!this.take(char)) throw new LabelsError(`expected ${char} after ${after}, got ${JSON.stringify(this.char())}`);
  }

  word(): string {
    WORD.lastIndex = this.position;
    const word = WORD.exec(this.source)?.[0] ?? '';
    this.position += word.length;
    return word;
  }

  quoted(): string {
    const start = this.position + 1;
    let position = start;
    while (position < this.source.length && this.source[position] !== '"') {
      position += this.source[position] === '\\' ? 2 : 1;
    }
    if (this.source[position] !== '"') throw new LabelsError('unterminated quoted text');
    this.position = position + 1;
    return unescapeText(this.source.slice(start, position));
  }
}

/** One `name="value"`, or a lone quoted metric name. */
function pair(cursor: Cursor, pairs: LabelPairs): void {
  const quotedName = cursor.char() === '"';
  const name = quotedName ? cursor.quoted() : cursor.word();
  cursor.blanks();
  if (quotedName && cursor.char() !== '=') {
    if (pairs.some(([known]) => known === NAME_LABEL)) throw new LabelsError('metric name is given twice');
    pairs.push([NAME_LABEL, name]);
    return;
  }
  if (!quotedName && !LABEL_NAME.test(name)) throw new LabelsError(`${JSON.stringify(name)} is not a label name`);
  if (name === '') throw new LabelsError('a label has no name');
  cursor.expect('=', `label name ${JSON.stringify(name)}`);
  cursor.blanks();
  if (cursor.char() !== '"') throw new LabelsError(`expected a quoted value of label ${JSON.stringify(name)}`);
  if (pairs.some(([known]) => known === name)) throw new LabelsError(`label ${JSON.stringify(name)} is given twice`);
  pairs.push([name, cursor.quoted()]);
}

function braces(cursor: Cursor, pairs: LabelPairs): void {
  cursor.expect('{', 'the metric name');
  cursor.blanks();
  while (!cursor.take('}')) {
    pair(cursor, pairs);
    cursor.blanks();
    if (cursor.take('}')) return;
    cursor.expect(',', 'a label');
    cursor.blanks();
    if (cursor.strict && cursor.char() === '}') throw new LabelsError('expected a label after the comma');
  }
}

/**
 * Parses `name{label="value",…}` or `{"name",label="value",…}`.
 * @param strict OpenMetrics: no blanks, no trailing comma
 * @returns pairs in the order written, the metric name as `__name__` first
 */
export function parseSeriesLabels(source: string, strict: boolean): LabelPairs {
  const pairs: LabelPairs = [];
  const cursor = new Cursor(source, 0, strict);
  if (cursor.char() !== '{') {
    const name = cursor.word();
    if (!METRIC_NAME.test(name)) throw new LabelsError(`${JSON.stringify(name)} is not a metric name`);
    pairs.push([NAME_LABEL, name]);
    cursor.blanks();
  }
  if (cursor.position < source.length) braces(cursor, pairs);
  if (cursor.position !== source.length) throw new LabelsError('unexpected text after the labels');
  if (!pairs.some(([name]) => name === NAME_LABEL)) throw new LabelsError('a sample has no metric name');
  return pairs;
}

/**
 * Bounds of buckets and quantiles in one spelling, `1` as `1.0`, so that all formats of a target make the same series
 * (textparse.normalizeFloatsInLabelValues). Changes the pairs in place.
 */
export function normalizeBounds(pairs: LabelPairs, type: string): LabelPairs {
  const bound = type === 'histogram' ? 'le' : type === 'summary' ? 'quantile' : undefined;
  const pair = bound === undefined ? undefined : pairs.find(([name]) => name === bound);
  if (pair === undefined) return pairs;
  const written = pair[1];
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(written)) pair[1] = openMetricsFloat(Number(written));
  else if (/^\+?inf(?:inity)?$/i.test(written)) pair[1] = '+Inf';
  else if (/^-inf(?:inity)?$/i.test(written)) pair[1] = '-Inf';
  return pairs;
}

/** The labels of an exemplar: braces only, no metric name. */
export function parseExemplarLabels(source: string): LabelPairs {
  const pairs: LabelPairs = [];
  const cursor = new Cursor(source, 0, true);
  braces(cursor, pairs);
  return pairs;
}

/** A name as metadata lines have it, quoted or not. */
export function parseMetadataName(source: string): string {
  return source.startsWith('"') ? new Cursor(source, 0, true).quoted() : source;
}

/** Resolves the escapes of help text: `\\` and `\n`, in OpenMetrics also `\"`. */
export function unescapeHelp(help: string, strict: boolean): string {
  if (strict) return unescapeText(help);
  return help.replace(/\\([\\n])/g, (_, char: string) => (char === 'n' ? '\n' : char));
}

/**
 * Adds the target's labels to those a sample came with, as Prometheus does (scrape.go, mutateSampleLabels): with
 * `honorLabels` the sample's own win, without it they are kept under `exported_…`. Empty values fall away.
 */
export function mergeTargetLabels(exposed: LabelPairs, target: Labels, honorLabels: boolean): Map<string, string> {
  const labels = new Map(exposed);
  const conflicting: LabelPairs = [];
  for (let i = 0; i < target.length; i += 2) {
    const name = target[i] ?? '';
    const value = target[i + 1] ?? '';
    const own = labels.get(name);
    if (honorLabels) {
      if (own === undefined) labels.set(name, value);
      continue;
    }
    if (own !== undefined && own !== '') conflicting.push([name, own]);
    labels.set(name, value);
  }
  conflicting.sort(([a], [b]) => a.length - b.length);
  for (const [name, value] of conflicting) {
    let renamed = `exported_${name}`;
    while (labels.has(renamed)) renamed = `exported_${renamed}`;
    labels.set(renamed, value);
  }
  for (const [name, value] of labels) if (value === '') labels.delete(name);
  return labels;
}

/** The label set of a map, sorted. */
export function labelsOfMap(map: ReadonlyMap<string, string>): Labels {
  const names = [...map.keys()].sort();
  return names.flatMap((name) => [name, map.get(name) ?? '']);
}
