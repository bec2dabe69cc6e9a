import { type ActionToken, TemplateSyntaxError } from './lexer.ts';

/** The tokens of one action and the next to read. */
export interface Tokens {
  readonly list: readonly ActionToken[];
  next: number;
}

/** What Go shows in angle brackets rather than quotes. */
const KEYWORDS = new Set('. block break continue define else end if range nil template with'.split(' '));

export function peek(tokens: Tokens): ActionToken {
  const token = tokens.list[Math.min(tokens.next, tokens.list.length - 1)];
  if (token === undefined) throw new Error('an action always ends with its delimiter');
  return token;
}

export function take(tokens: Tokens): ActionToken {
  const token = peek(tokens);
  tokens.next++;
  return token;
}

export function skipSpace(tokens: Tokens): void {
  while (peek(tokens).kind === 'space') tokens.next++;
}

export function takeSignificant(tokens: Tokens): ActionToken {
  skipSpace(tokens);
  const token = take(tokens);
  skipSpace(tokens);
  return token;
}

/** The keyword an action begins with. */
export function peekWord(tokens: Tokens): string | undefined {
  skipSpace(tokens);
  const token = peek(tokens);
  return token.kind === 'word' ? token.text : undefined;
}

export function expectEnd(tokens: Tokens, context: string): void {
  const token = takeSignificant(tokens);
  if (token.kind !== 'end') throw unexpected(token, context);
}

export function unexpected(token: ActionToken, context: string): TemplateSyntaxError {
  const shown = KEYWORDS.has(token.text) ? `<${token.text}>` : JSON.stringify(token.text);
  return new TemplateSyntaxError(`unexpected ${shown} in ${context}`, token.at);
}
