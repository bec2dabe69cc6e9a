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
 * Whether a whole line has the shape of the pattern; a capture stands for any text, none too. Loki looks for each literal once, asks for
 * text in every capture and does not mind what is in front: it would not find every line again that a mined pattern was made of.
 */
export function matchesPattern(pattern: LinePattern, line: string): boolean {
  const { literals } = pattern;
  const head = literals[0] ?? '';
  if (literals.length === 1) return line === head;
  if (!line.startsWith(head)) return false;
  let at = head.length;
  for (let i = 1; i < literals.length - 1; i++) {
    const next = literals[i] ?? '';
    const found = line.indexOf(next, at);
    if (found < 0) return false;
    at = found + next.length;
  }
  const tail = literals.at(-1) ?? '';
  return line.length - tail.length >= at && line.endsWith(tail);
}
