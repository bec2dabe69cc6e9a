import { FIXTURES, type FixtureLine } from './fixtures.ts';
import type { LogCase } from './log_case.ts';

/** A log line in an answer, whoever gave it. */
export interface AnswerEntry {
  readonly labels: Readonly<Record<string, string>>;
  /** ns since the epoch. */
  readonly timeNs: bigint;
  readonly line: string;
}

export interface AnswerSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export const SECOND = 1_000_000_000n;

export function lineText(line: FixtureLine): string {
  return typeof line === 'string' ? line : line.line;
}

function labelText(labels: Readonly<Record<string, string>>, { data }: LogCase): string {
  const pairs = Object.entries(labels)
    .filter(
      ([name, value]) => !(name === 'fixture' && value === data) && !(name === 'service_name' && value === 'cases'),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
}

/** Entries in the notation of the cases. @param startNs the minute the data begins at */
export function entryTexts(entries: readonly AnswerEntry[], startNs: bigint, of: LogCase): string[] {
  const lines = (FIXTURES[of.data] ?? []).flatMap((stream) => stream.lines.map(lineText));
  return entries
    .toSorted((a, b) => Number(a.timeNs - b.timeNs))
    .map(({ labels, timeNs, line }) => {
      const number = Number((timeNs - startNs) / SECOND);
      return `${labelText(labels, of)} ${lines[number - 1] === line ? `#${number}` : `= ${line}`}`;
    });
}

/** Series in the notation of the cases; sorted unless the query orders them. */
export function seriesTexts(series: readonly AnswerSeries[], of: LogCase, ordered: boolean): string[] {
  const texts = series.map(({ labels, value }) => `${labelText(labels, of)} ${valueText(value)}`);
  return ordered ? texts : texts.sort();
}

export function valueText(value: number): string {
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

/** Whether answers are equal; the last digits of a float are not told apart. */
export function sameAnswer(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => sameText(text, b[i] ?? ''));
}

function sameText(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [a, b].map((text) => /^(\{.*\} |)([+-]?[\d.]+(?:e[+-]?\d+)?)$/s.exec(text));
  if (x === null || y === null || x === undefined || y === undefined || x[1] !== y[1]) return false;
  const [p, q] = [Number(x[2]), Number(y[2])];
  return Math.abs(p - q) <= 1e-9 * Math.max(Math.abs(p), Math.abs(q));
}
