import { unquote } from '@trilith/lang/promql';
import { numberOf, parseSeriesLine, type SeriesLine, time } from '../../../server/src/rules/index.ts';
import { startOffsets } from './start_offsets.ts';

export interface Expectation {
  readonly type: 'fail' | 'warn' | 'no_warn' | 'info' | 'no_info' | 'ordered';
  readonly message?: string;
  readonly pattern?: string;
}

export interface Load {
  readonly kind: 'load';
  readonly stepMs: number;
  readonly series: readonly SeriesLine[];
  /** Conversions to native histograms were asked for. */
  readonly needs: readonly string[];
}

export interface Evaluation {
  readonly kind: 'eval';
  readonly line: number;
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Zero for instant queries. */
  readonly stepMs: number;
  readonly expectations: readonly Expectation[];
  readonly series: readonly SeriesLine[];
  readonly scalar?: number;
  readonly text?: string;
  readonly rangeVector?: { readonly startMs: number; readonly stepMs: number };
}

export type Statement = Load | Evaluation | { readonly kind: 'clear' };

const LOAD = /^load(?:_(with_nhcb))?\s+(\S+)$/;
const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(\S+?))?\s+(.+)$/;
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+?)\s+(.+)$/;

/** Parses a script of the promqltest language into its statements. Throws Error naming the line. */
export function parseScript(source: string): readonly Statement[] {
  const lines = source
    .split('\n')
    .map((line) => line.trim())
    .map((line) => (line.startsWith('#') ? '' : line));
  const statements: Statement[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line === '') continue;
    if (line === 'clear') {
      statements.push({ kind: 'clear' });
      continue;
    }
    const block: string[] = [];
    const at = i + 1;
    while ((lines[i + 1] ?? '') !== '') block.push(lines[++i] ?? '');
    statements.push(statement(line, block, at));
  }
  return statements;
}

function statement(line: string, block: readonly string[], at: number): Statement {
  const load = LOAD.exec(line);
  if (load !== null) {
    const needs = load[1] === undefined ? [] : ['native histograms'];
    return { kind: 'load', stepMs: time(load[2] ?? ''), series: loadedLines(block), needs };
  }
  const instant = INSTANT.exec(line);
  if (instant !== null) {
    const moment = time(instant[2] ?? '0');
    return evaluation(at, instant[3] ?? '', moment, moment, 0, instant[1], block);
  }
  const range = RANGE.exec(line);
  if (range !== null) {
    return evaluation(
      at,
      range[5] ?? '',
      time(range[2] ?? ''),
      time(range[3] ?? ''),
      time(range[4] ?? ''),
      range[1],
      block,
    );
  }
  throw new Error(`line ${at}: cannot read ${JSON.stringify(line)}`);
}

/** Series lines, each with the start timestamps that the line before it may give. */
function loadedLines(block: readonly string[]): readonly SeriesLine[] {
  const lines: SeriesLine[] = [];
  let starts: SeriesLine['starts'];
  for (const line of block) {
    const offsets = startOffsets(line);
    if (offsets === undefined) {
      lines.push({ ...parseSeriesLine(line), ...(starts === undefined ? {} : { starts }) });
    }
    starts = offsets;
  }
  return lines;
}

function evaluation(
  line: number,
  query: string,
  startMs: number,
  endMs: number,
  stepMs: number,
  suffix: string | undefined,
  block: readonly string[],
): Evaluation {
  const expectations: Expectation[] = suffix === undefined ? [] : [{ type: suffix as Expectation['type'] }];
  const series: SeriesLine[] = [];
  let rest: Pick<Evaluation, 'scalar' | 'text' | 'rangeVector'> = {};
  for (const one of block) {
    const ranged = /^expect\s+range\s+vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/.exec(one);
    const stringed = /^expect\s+string\s+(.+)$/.exec(one);
    const expected = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/.exec(one);
    const legacy = /^expected_fail_(message|regexp)\s+(.+)$/.exec(one);
    if (ranged !== null)
      rest = { ...rest, rangeVector: { startMs: time(ranged[1] ?? ''), stepMs: time(ranged[3] ?? '') } };
    else if (stringed !== null) rest = { ...rest, text: unquote((stringed[1] ?? '').trim()) };
    else if (expected !== null) expectations.push(expectation(expected[1] ?? '', expected[2], expected[3]));
    else if (legacy !== null)
      expectations.push(expectation('fail', legacy[1] === 'message' ? 'msg' : 'regex', legacy[2]));
    else if (/^[+-]?(\d|\.\d|inf$|nan$)/i.test(one) && !one.includes('{')) rest = { ...rest, scalar: numberOf(one) };
    else series.push(parseSeriesLine(one));
  }
  return { kind: 'eval', line, query, startMs, endMs, stepMs, expectations, series, ...rest };
}

function expectation(type: string, how: string | undefined, text: string | undefined): Expectation {
  const value = text?.trim() ?? '';
  const base = { type: type as Expectation['type'] };
  return how === 'msg' ? { ...base, message: value } : how === 'regex' ? { ...base, pattern: value } : base;
}
