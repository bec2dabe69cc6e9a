import { unquote } from '@trilith/lang/promql';
import type { Matcher } from '../../model/labels.ts';
import { MatcherError } from './matcher.ts';

/**
 * Matchers as PromQL writes them, names in quotes where they need it, any UTF-8 (matcher/parse). Its errors are only asked
 * for whether there is one: what both parsers refuse is refused in the words of the other.
 */
interface Token {
  readonly kind: '{' | '}' | ',' | 'operator' | 'quoted' | 'unquoted';
  readonly text: string;
}

const TOKEN = /\s*([{},]|=~|!~|!=|=|"(?:[^"\\]|\\[\s\S])*"|[^\s{}!=~,\\"'`]+)\s*/uy;

function tokensOf(input: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < input.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const text = TOKEN.exec(input)?.[1];
    if (text !== undefined) tokens.push({ kind: kindOf(text), text });
    else if (input.slice(at).trim() === '') break;
    else throw new MatcherError(`invalid input at ${at}: ${input}`);
  }
  return tokens;
}

function kindOf(text: string): Token['kind'] {
  if (text === '{' || text === '}' || text === ',') return text;
  if (text.startsWith('"')) return 'quoted';
  return /^[=!]/.test(text) ? 'operator' : 'unquoted';
}

const ESCAPE = /\\(?:[abfnrtv\\"]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3})|\\/g;

/** What a name or a value stands for; quotes are Go's. */
function literalOf({ kind, text }: Token): string {
  if (kind === 'unquoted') return text;
  const isBroken = text.slice(1, -1).match(ESCAPE)?.includes('\\') === true || text.includes('\n');
  const value = isBroken ? '\ud800' : unquote(text);
  if (!value.isWellFormed()) throw new MatcherError(`${text}: invalid input`);
  return value;
}

/** Throws MatcherError. */
export function parseUtf8(input: string): Matcher[] {
  const tokens = tokensOf(input);
  const braced = tokens[0]?.kind === '{';
  if (braced !== (tokens.at(-1)?.kind === '}')) throw new MatcherError(`unpaired brace: ${input}`);
  const inner = braced ? tokens.slice(1, -1) : tokens;
  // One comma may follow the last matcher.
  const parts = inner.at(-1)?.kind === ',' ? inner.slice(0, -1) : inner;
  if (parts.length === 0 && inner.length > 0) throw new MatcherError(`expected label name: ${input}`);
  const found: Matcher[] = [];
  for (let i = 0; i < parts.length; i += 4) {
    const [name, operator, value, comma] = parts.slice(i, i + 4);
    const isMatcher = operator?.kind === 'operator' && isLiteral(name) && isLiteral(value);
    if (!isMatcher || (comma !== undefined && (comma.kind !== ',' || i + 4 >= parts.length)))
      throw new MatcherError(`not a list of matchers: ${input}`);
    found.push({
      name: literalOf(name),
      operator: operator.text as Matcher['operator'],
      value: literalOf(value),
    });
  }
  return found;
}

function isLiteral(token: Token | undefined): token is Token {
  return token?.kind === 'quoted' || token?.kind === 'unquoted';
}
