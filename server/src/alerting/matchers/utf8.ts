import { unquote } from '@trilith/lang/promql';
import type { Matcher } from '../../model/labels.ts';
import { MatcherError } from './matcher.ts';

/** Matchers as PromQL writes them, names in quotes where they need it (matcher/parse): strict, any UTF-8. */
interface Token {
  readonly kind: '{' | '}' | ',' | 'operator' | 'quoted' | 'unquoted' | 'end';
  readonly text: string;
  /** Positions in characters, as upstream's messages have them. */
  readonly start: number;
  readonly end: number;
}

const SPACE = /\s/u;
const TOKEN = /[{},]|=~|!~|!=|=|"(?:[^"\\]|\\[\s\S])*"|[^\s{}!=~,\\"'`]+/uy;

function tokensOf(input: string): Token[] {
  const tokens: Token[] = [];
  const column = (offset: number): number => [...input.slice(0, offset)].length;
  for (let at = 0; at < input.length; ) {
    if (SPACE.test(input.charAt(at))) {
      at++;
      continue;
    }
    TOKEN.lastIndex = at;
    const text = TOKEN.exec(input)?.[0];
    if (text === undefined) throw badInput(input, at, column(at));
    tokens.push({ kind: kindOf(text), text, start: column(at), end: column(at + text.length) });
    at += text.length;
  }
  const end = column(input.length);
  return [...tokens, { kind: 'end', text: '', start: end, end }];
}

function kindOf(text: string): Token['kind'] {
  if (text === '{' || text === '}' || text === ',') return text;
  if (text.startsWith('"')) return 'quoted';
  return /^[=!]/.test(text) ? 'operator' : 'unquoted';
}

function badInput(input: string, at: number, column: number): MatcherError {
  const rest = input.slice(at);
  if (rest.startsWith('"')) return new MatcherError(`${column}:${column + [...rest].length}: ${rest}: missing end "`);
  if (rest.startsWith('!')) {
    const found = rest.slice(0, 2);
    return rest.length === 1
      ? new MatcherError(`${column}:${column + 1}: unexpected end of input, expected one of '=~'`)
      : new MatcherError(`${column}:${column + 1}: ${found.charAt(0)}: expected one of '=~'`);
  }
  return new MatcherError(`${column}:${column + 1}: ${rest.charAt(0)}: invalid input`);
}

const ESCAPE = /\\(?:[abfnrtv\\"]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3})|\\/g;

function literalOf(token: Token): string {
  if (token.kind === 'unquoted') return token.text;
  const bad = token.text.slice(1, -1).match(ESCAPE)?.includes('\\') === true || token.text.includes('\n');
  if (bad) throw new MatcherError(`${token.start}:${token.end}: ${token.text}: invalid input`);
  const value = unquote(token.text);
  if (!value.isWellFormed()) throw new MatcherError(`${token.start}:${token.end}: ${token.text}: invalid input`);
  return value;
}

/** Throws MatcherError. */
export function parseUtf8(input: string): Matcher[] {
  const tokens = tokensOf(input);
  let at = 0;
  const peek = (): Token => tokens[Math.min(at, tokens.length - 1)] as Token;
  const expect = (message: string, ...kinds: Token['kind'][]): Token => {
    const token = peek();
    if (token.kind === 'end') throw new MatcherError(`end of input: ${message}`);
    if (!kinds.includes(token.kind))
      throw new MatcherError(`${token.start}:${token.end}: unexpected ${token.text}: ${message}`);
    at++;
    return token;
  };
  const found: Matcher[] = [];
  const braced = peek().kind === '{';
  if (braced) at++;
  while (peek().kind !== 'end' && peek().kind !== '}') {
    const name = literalOf(expect('expected label name', 'quoted', 'unquoted'));
    const operator = expect(`expected an operator such as '=', '!=', '=~' or '!~'`, 'operator').text;
    const value = literalOf(expect('expected label value', 'quoted', 'unquoted'));
    found.push({ name, operator: operator as Matcher['operator'], value });
    if (peek().kind === 'end' || peek().kind === '}') break;
    expect('expected a comma or close brace', ',');
    const next = peek();
    if (next.kind !== 'end' && next.kind !== '}' && next.kind !== 'quoted' && next.kind !== 'unquoted')
      throw new MatcherError(
        `${next.start}:${next.end}: unexpected ${next.text}: expected a matcher or close brace after comma`,
      );
  }
  const last = peek();
  if (braced) expect('expected close brace', '}');
  else if (last.kind === '}') throw new MatcherError(`0:${last.end}: }: expected opening brace`);
  const rest = peek();
  if (rest.kind !== 'end') throw new MatcherError(`${rest.start}:${rest.end}: ${rest.text}: expected end of input`);
  return found;
}
