import { unquote } from '@trilith/lang/logql';
import type { Answer } from './evaluate_script.ts';
import type { Expectation } from './script.ts';

/** A point: a number, or undefined for a gap. */
type Point = number | undefined;

function parseNumber(text: string): number {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return text === 'NaN' ? Number.NaN : Number(text);
}

/** Points as promqltest writes them: `_`, `1`, `2+3x2`. */
function parsePoints(text: string): Point[] {
  return text
    .trim()
    .split(/\s+/)
    .filter((t) => t !== '')
    .flatMap((item) => {
      const gaps = /^_(?:x(\d+))?$/.exec(item);
      if (gaps !== null) return new Array<Point>(Number(gaps[1] ?? 1)).fill(undefined);
      const run = /^([+-]?[\d.]+)(?:([+-][\d.]+))?x(\d+)$/.exec(item);
      if (run === null) return [parseNumber(item)];
      return Array.from({ length: Number(run[3]) + 1 }, (_, i) => Number(run[1]) + Number(run[2] ?? 0) * i);
    });
}

function close(a: Point, b: Point): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (Object.is(a, b) || a === b) return true;
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

function splitSeries(line: string): { labels: string; points: string } {
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '\\') i++;
    else if (line[i] === '"') quoted = !quoted;
    else if (line[i] === '}' && !quoted) return { labels: canonical(line.slice(0, i + 1)), points: line.slice(i + 1) };
  }
  return { labels: '', points: line };
}

function canonical(text: string): string {
  const pairs = [...text.matchAll(/([A-Za-z_]\w*)\s*=\s*("(?:[^"\\]|\\.)*")/g)].map((m) => [
    m[1],
    unquote(m[2] ?? '""'),
  ]);
  return JSON.stringify(pairs.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

function canonicalLabels(labels: readonly string[]): string {
  const pairs: string[][] = [];
  for (let i = 0; i < labels.length; i += 2) pairs.push([labels[i] ?? '', labels[i + 1] ?? '']);
  return JSON.stringify(pairs.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

/** Why an answer is not the one expected, or undefined. */
export function compare(answer: Answer, expectation: Exclude<Expectation, { kind: 'fail' }>): string | undefined {
  if (answer.value.kind === 'scalar') {
    const wanted = expectation.kind === 'series' ? expectation.lines : [];
    const points = parsePoints(splitSeries(wanted[0] ?? '').points);
    const same =
      points.length > 0 &&
      points.every((p) => close(p, answer.value.kind === 'scalar' ? answer.value.value : undefined));
    return same ? undefined : `scalar ${answer.value.value} instead of ${wanted.join(' ')}`;
  }
  const series = answer.value.series
    .map((s) => ({
      labels: canonicalLabels(s.labels),
      points: Array.from(s.values, (v, i): Point => (s.present[i] === 1 ? v : undefined)),
    }))
    .filter((s) => s.points.some((p) => p !== undefined));
  const shown = (): string => series.map((s) => `${s.labels} ${s.points.map((p) => p ?? '_').join(' ')}`).join(' ; ');
  if (expectation.kind === 'empty') return series.length === 0 ? undefined : `not empty: ${shown()}`;
  const wanted = expectation.lines.map((line) => {
    const { labels, points } = splitSeries(line);
    return { labels, points: parsePoints(points) };
  });
  if (wanted.length !== series.length) return `${series.length} series instead of ${wanted.length}: ${shown()}`;
  for (const [i, expected] of wanted.entries()) {
    const found = expectation.ordered ? series[i] : series.find((s) => s.labels === expected.labels);
    if (found === undefined || found.labels !== expected.labels) return `no series ${expected.labels}: ${shown()}`;
    if (expected.points.length !== found.points.length || !expected.points.every((p, k) => close(p, found.points[k]))) {
      return `values ${found.points.map((p) => p ?? '_').join(' ')} instead of ${expected.points.map((p) => p ?? '_').join(' ')} for ${found.labels}`;
    }
  }
  return undefined;
}
