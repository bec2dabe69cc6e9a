import type { Matcher } from '../../model/labels.ts';
import { MatcherError } from './matcher.ts';

/** The forgiving matcher syntax of Alertmanager before UTF-8 names (pkg/labels/parse.go): values need no quotes. */
export function parseClassic(input: string): Matcher[] {
  const body = input.replace(/^\{/, '').replace(/\}$/, '');
  return splitAtCommas(body).map(parseClassicMatcher);
}

/** Commas inside unescaped double quotes part nothing; a last empty part does not count. */
function splitAtCommas(body: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let escaped = false;
  let from = 0;
  for (let i = 0; i < body.length; i++) {
    const character = body.charAt(i);
    if (character === ',' && !quoted) {
      parts.push(body.slice(from, i));
      from = i + 1;
      continue;
    }
    if (character === '"' && !escaped) quoted = !quoted;
    escaped = character === '\\' && !escaped;
  }
  const last = body.slice(from).trim();
  return last === '' ? parts : [...parts, last];
}

const MATCHER = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*([\s\S]*?)\s*$/;

/** One matcher. Throws MatcherError. */
export function parseClassicMatcher(input: string): Matcher {
  const match = MATCHER.exec(input);
  if (match === null) throw new MatcherError(`bad matcher format: ${input}`);
  const [, name = '', operator = '', raw = ''] = match;
  if (!raw.isWellFormed()) throw new MatcherError(`matcher value not valid UTF-8: ${raw}`);
  return { name, operator: operator as Matcher['operator'], value: unescaped(raw) };
}

/** `\n`, `\"` and `\\` mean something; any other backslash is one. */
function unescaped(raw: string): string {
  const quoted = raw.startsWith('"');
  const text = quoted ? raw.slice(1) : raw;
  let closed = !quoted;
  let value = '';
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === '\\' && i < text.length - 1) {
      const next = text.charAt(++i);
      value += next === 'n' ? '\n' : next === '"' || next === '\\' ? next : `\\${next}`;
    } else if (character === '"') {
      if (closed || i < text.length - 1)
        throw new MatcherError(`matcher value contains unescaped double quote: ${raw}`);
      closed = true;
    } else value += character;
  }
  if (!closed) throw new MatcherError(`matcher value contains unescaped double quote: ${raw}`);
  return value;
}
