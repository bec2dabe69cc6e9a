/** Reads logqltest scripts: `load`, `clear` and `eval` blocks (the README beside the scripts defines the format). */

export interface LoadEntry {
  readonly selector: string;
  readonly line: string;
  readonly startNs: bigint;
  readonly stepNs: bigint;
  readonly count: number;
  /** name, value, … */
  readonly metadata: readonly string[];
}

export type Expectation =
  | { readonly kind: 'series'; readonly lines: readonly string[]; readonly ordered: boolean }
  | { readonly kind: 'empty' }
  | { readonly kind: 'fail'; readonly how: 'any' | 'msg' | 'regex'; readonly text: string };

export type Command =
  | { readonly kind: 'clear' }
  | { readonly kind: 'load'; readonly entries: readonly LoadEntry[] }
  | {
      readonly kind: 'eval';
      readonly line: number;
      readonly query: string;
      readonly startNs: bigint;
      readonly endNs: bigint;
      /** 0 for an instant query. */
      readonly stepNs: bigint;
      readonly expectation: Expectation;
    };

const UNITS: Readonly<Record<string, number>> = { ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** A Go duration of the scripts in ns; a bare 0 is 0. */
function durationNs(text: string): bigint {
  let total = 0;
  for (const [, number = '0', unit = 's'] of text.matchAll(/([\d.]+)(ms|s|m|h)/g))
    total += Number(number) * (UNITS[unit] ?? 0);
  return BigInt(Math.round(total)) * (text.startsWith('-') ? -1n : 1n);
}

/** A line without its comment: `#` outside quotes begins one. */
function withoutComment(line: string): string {
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const char = line[i] ?? '';
    if (quote !== '') {
      if (char === '\\' && quote === '"') i++;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === '`') quote = char;
    else if (char === '#') return line.slice(0, i).trimEnd();
  }
  return line.trimEnd();
}

export function parseScript(text: string): Command[] {
  const commands: Command[] = [];
  const lines = text.split('\n').map(withoutComment);
  let i = 0;
  const block = (): string[] => {
    const body: string[] = [];
    while (/^\s+\S/.test(lines[i] ?? '') || (isComment(text.split('\n')[i]) && /^\s/.test(text.split('\n')[i] ?? ''))) {
      const line = (lines[i] ?? '').trim();
      if (line !== '') body.push(line);
      i++;
    }
    return body;
  };
  while (i < lines.length) {
    const line = lines[i] ?? '';
    const number = i + 1;
    i++;
    if (line === 'clear') commands.push({ kind: 'clear' });
    else if (line === 'load') commands.push({ kind: 'load', entries: block().map(parseLoad) });
    else if (line.startsWith('eval ')) commands.push(parseEval(line, number, block()));
    else if (line !== '') throw new Error(`line ${number}: not a command: ${line}`);
  }
  return commands;
}

function isComment(line: string | undefined): boolean {
  return (line ?? '').trim().startsWith('#');
}

function parseLoad(line: string): LoadEntry {
  const close = selectorEnd(line);
  const selector = line.slice(0, close);
  const rest = line.slice(close).trim();
  const quote = rest[0] ?? '';
  // The text is not unescaped, but an escaped quote does not end it.
  let end = 1;
  while (end < rest.length && rest[end] !== quote) end += quote === '"' && rest[end] === '\\' ? 2 : 1;
  const tail = rest.slice(end + 1);
  const start = /@\s*(\S+)/.exec(tail)?.[1] ?? '0s';
  const repeat = /\[repeat every (\S+)\s+for (\d+)\]/.exec(tail);
  const metadata = /\[metadata (.*)\]\s*$/.exec(tail.replace(/\[repeat[^\]]*\]/, ''))?.[1] ?? '';
  return {
    selector,
    line: rest.slice(1, end),
    startNs: durationNs(start),
    stepNs: repeat === null ? 0n : durationNs(repeat[1] ?? '0s'),
    count: repeat === null ? 1 : Number(repeat[2]),
    metadata: [...metadata.matchAll(/(?:"([^"]*)"|([^\s="]+))="([^"]*)"/g)].flatMap((m) => [
      m[1] ?? m[2] ?? '',
      m[3] ?? '',
    ]),
  };
}

function selectorEnd(line: string): number {
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '"') quoted = !quoted;
    else if (line[i] === '}' && !quoted) return i + 1;
  }
  throw new Error(`no selector in: ${line}`);
}

function parseEval(line: string, number: number, body: readonly string[]): Command {
  const instant = /^eval instant at (\S+) (.*)$/.exec(line);
  const range = /^eval range from (\S+) to (\S+) step (\S+) (.*)$/.exec(line);
  if (instant === null && range === null) throw new Error(`line ${number}: not an eval: ${line}`);
  const [start = '0', end = '0', step = '0', query = ''] = instant
    ? [instant[1], instant[1], '0', instant[2]]
    : (range ?? []).slice(1);
  return {
    kind: 'eval',
    line: number,
    query,
    startNs: durationNs(start),
    endNs: durationNs(end),
    stepNs: durationNs(step),
    expectation: parseExpectation(body.filter((l) => !l.startsWith('skip values-comparison'))),
  };
}

function parseExpectation(body: readonly string[]): Expectation {
  const [first = ''] = body;
  if (first === 'expect empty') return { kind: 'empty' };
  if (first.startsWith('expect fail')) {
    const match = /^expect fail(?: (msg|regex): (.*))?$/.exec(first);
    const how = match?.[1] === 'msg' ? 'msg' : match?.[1] === 'regex' ? 'regex' : 'any';
    return { kind: 'fail', how, text: match?.[2] ?? '' };
  }
  if (first === 'expect ordered') return { kind: 'series', lines: body.slice(1), ordered: true };
  return { kind: 'series', lines: body, ordered: false };
}
