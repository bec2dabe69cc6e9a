import { LogqlError } from './query_error.ts';

/** A token of the small languages behind `json x="…"` and `logfmt x="…"`. */
export interface ExpressionToken {
  readonly kind: 'NAME' | 'DOT' | 'LSB' | 'RSB' | 'STRING' | 'INDEX' | '$end';
  readonly text: string;
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const DIGITS = /\d+/y;
const BRACKETS: Readonly<Record<string, ExpressionToken['kind']>> = { '.': 'DOT', '[': 'LSB', ']': 'RSB' };

/**
 * Cuts an extraction expression. What begins no token ends the list, as in Loki's lexers.
 * @param follow what may stand right behind a name
 * @throws LogqlError when something else does
 */
export function expressionTokens(text: string, follow: string): ExpressionToken[] {
  const tokens: ExpressionToken[] = [];
  let at = 0;
  const matched = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? '';
  };
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at++;
    const char = text[at] ?? '';
    const bracket = BRACKETS[char];
    const name = matched(NAME);
    const quoted = matched(QUOTED);
    const index = tokens.at(-1)?.kind === 'LSB' ? matched(DIGITS) : '';
    if (bracket !== undefined && follow.includes(char)) tokens.push({ kind: bracket, text: char });
    else if (quoted !== '') tokens.push({ kind: 'STRING', text: quoted });
    else if (index !== '') tokens.push({ kind: 'INDEX', text: index });
    else if (name !== '') {
      tokens.push({ kind: 'NAME', text: name });
      const next = text[at + name.length] ?? ' ';
      if (!/\s/.test(next) && !follow.includes(next)) throw expressionError(text, `unexpected char ${next}`);
    } else {
      tokens.push({ kind: '$end', text: '' });
      return tokens;
    }
    at += tokens.at(-1)?.text.length ?? 0;
  }
}

export function expressionError(text: string, detail: string): LogqlError {
  return new LogqlError('execution', `cannot parse expression [${text}]: ${detail}`);
}

/**
 * The key an expression of logfmt names: a name, or anything in quotes.
 * @throws LogqlError as Loki words it
 */
export function logfmtKey(text: string): string {
  const [first, second] = expressionTokens(text, '');
  if (first === undefined || first.kind === '$end') {
    throw expressionError(text, 'syntax error: unexpected $end, expecting STRING or KEY');
  }
  const shown = { NAME: 'KEY' }[String(second?.kind)] ?? second?.kind;
  if (second?.kind !== '$end') throw expressionError(text, `syntax error: unexpected ${shown}`);
  return first.kind === 'STRING' ? quotedText(first) : first.text;
}

/** The value of a quoted token. */
export function quotedText(token: ExpressionToken): string {
  return token.text.slice(1, -1).replace(/\\(.)/g, '$1');
}
