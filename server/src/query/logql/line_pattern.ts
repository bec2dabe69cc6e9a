import { LogqlError } from './query_error.ts';

/** A pattern expression (`<method> <_> 200`): literals with captures between them. `_` captures nothing. */
export interface LinePattern {
  /** literal[i] stands before capture[i]; the last literal ends the pattern. */
  readonly literals: readonly string[];
  readonly captures: readonly string[];
}

/** @throws LogqlError for a pattern Loki refuses */
function parseLinePattern(text: string): LinePattern {
  const literals: string[] = [];
  const captures: string[] = [];
  let literal = '';
  let rest = text;
  for (;;) {
    const match = /<([A-Za-z_][A-Za-z0-9_]*)>/.exec(rest);
    if (match === null) break;
    literal += rest.slice(0, match.index);
    if (literal === '' && captures.length > 0) {
      const both = `<${captures.at(-1)}>${match[0]}`;
      throw new LogqlError('execution', `found consecutive capture '${both}': invalid expression`);
    }
    literals.push(literal);
    captures.push(match[1] ?? '');
    literal = '';
    rest = rest.slice(match.index + match[0].length);
  }
  literals.push(literal + rest);
  return { literals, captures };
}

/** The pattern of the `pattern` parser: needs a named capture, and no name twice. */
export function parseExtractionPattern(text: string): LinePattern {
  const pattern = parseLinePattern(text);
  const named = pattern.captures.filter((c) => c !== '_');
  if (named.length === 0) throw new LogqlError('execution', 'at least one capture is required');
  const twice = named.find((name, i) => named.indexOf(name) !== i);
  if (twice !== undefined) throw new LogqlError('execution', `duplicate capture name (${twice}): invalid expression`);
  return pattern;
}

/** The pattern of `|>` and `!>`: no named captures. */
export function parseFilterPattern(text: string): LinePattern {
  const pattern = parseLinePattern(text);
  const named = pattern.captures.find((capture) => capture !== '_');
  if (named !== undefined) throw new LogqlError('execution', `named captures are not allowed: found '<${named}>'`);
  return pattern;
}

/** Calls `found` for every capture that a line fills, from the left; a short line fills only the first ones. */
export function extractPattern(pattern: LinePattern, line: string, found: (name: string, value: string) => void): void {
  const { literals, captures } = pattern;
  const head = literals[0] ?? '';
  if (line === '' || !line.startsWith(head)) return;
  let at = head.length;
  for (let i = 0; i < captures.length; i++) {
    const next = literals[i + 1] ?? '';
    const end = next === '' ? line.length : line.indexOf(next, at);
    const name = captures[i] ?? '_';
    if (end < 0) {
      if (name !== '_') found(name, line.slice(at));
      return;
    }
    if (name !== '_') found(name, line.slice(at, end));
    at = end + next.length;
  }
}

/**
 * Whether a line has the shape of the pattern, as Loki's Matcher.Test (pkg/logql/log/pattern) finds it: each literal is looked for
 * once, behind the one before it; every capture takes at least one character, and what is left behind a last literal is no match.
 * Text in front of a first literal does not matter. An empty line has the shape of the empty pattern only.
 */
export function matchesPattern({ literals }: LinePattern, line: string): boolean {
  if (line === '') return literals.length === 1 && literals[0] === '';
  let at = 0;
  for (let i = 0; i < literals.length; i++) {
    const literal = literals[i] as string;
    // Where a pattern begins or ends with a capture.
    if (literal === '') continue;
    const found = line.indexOf(literal, at);
    if (found < 0 || (i > 0 && found === at)) return false;
    at = found + literal.length;
  }
  const endsOnCapture = literals.length > 1 && literals.at(-1) === '';
  return endsOnCapture === at < line.length;
}
