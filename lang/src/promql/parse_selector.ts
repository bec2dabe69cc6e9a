import type { LabelMatcher, MatchOperator, VectorSelector } from './ast.ts';
import { accept, advance, at, type Cursor, complain, unexpected } from './cursor.ts';
import { compileMatcher } from './matcher.ts';
import { unquote } from './quote.ts';
import { isLabelWord, type Token } from './tokens.ts';

/** A selector: a name, braces, or both. The current token is the name or the left brace. */
export function vectorSelector(cursor: Cursor): VectorSelector {
  const name = at(cursor, '{') ? undefined : advance(cursor);
  const open = cursor.token;
  const matchers: LabelMatcher[] = at(cursor, '{') ? labelMatchers(cursor) : [];
  if (name !== undefined) matchers.push({ name: '__name__', operator: '=', value: name.text });
  return {
    kind: 'vector-selector',
    name: name?.text ?? '',
    matchers,
    anchored: false,
    smoothed: false,
    offsetMs: 0,
    range: { start: name?.start ?? open.start, end: cursor.lastEnd },
  };
}

function labelMatchers(cursor: Cursor): LabelMatcher[] {
  advance(cursor);
  const matchers: LabelMatcher[] = [];
  while (accept(cursor, '}') === undefined) {
    matchers.push(labelMatcher(cursor));
    if (accept(cursor, ',') === undefined && !at(cursor, '}')) unexpected(cursor, 'label matching', '"," or "}"');
  }
  return matchers;
}

const isMatchOperator = (kind: string): kind is MatchOperator =>
  kind === '=' || kind === '!=' || kind === '=~' || kind === '!~';

function labelMatcher(cursor: Cursor): LabelMatcher {
  const label = cursor.token;
  if (label.kind !== 'identifier' && label.kind !== 'string')
    return unexpected(cursor, 'label matching', 'identifier or "}"');
  advance(cursor);
  const operator = cursor.token.kind;
  if (!isMatchOperator(operator)) {
    if (label.kind === 'string') return { name: '__name__', operator: '=', value: unquote(label.text) };
    return unexpected(cursor, 'label matching', 'label matching operator');
  }
  advance(cursor);
  if (!at(cursor, 'string')) unexpected(cursor, 'label matching', 'string');
  const literal = advance(cursor);
  const matcher: LabelMatcher = {
    name: label.kind === 'string' ? unquote(label.text) : label.text,
    operator,
    value: unquote(literal.text),
  };
  const problem = compileMatcher(matcher).error;
  if (problem !== undefined) complain(cursor, { start: label.start, end: literal.end }, problem);
  return matcher;
}

/** `( label, "quoted label", … )` after by, without, on, ignoring, group_left, group_right. */
export function groupingLabels(cursor: Cursor): readonly string[] {
  if (!at(cursor, '(')) unexpected(cursor, 'grouping opts', '"("');
  advance(cursor);
  const labels: string[] = [];
  while (accept(cursor, ')') === undefined) {
    labels.push(groupingLabel(cursor));
    if (accept(cursor, ',') === undefined && !at(cursor, ')')) unexpected(cursor, 'grouping opts', '"," or ")"');
  }
  return labels;
}

function groupingLabel(cursor: Cursor): string {
  const token: Token = cursor.token;
  if (token.kind !== 'string' && !isLabelWord(token)) return unexpected(cursor, 'grouping opts', 'label');
  advance(cursor);
  const name = token.kind === 'string' ? unquote(token.text) : token.text;
  if (name === '') complain(cursor, token, 'invalid label name for grouping: ""');
  return name;
}
