import type { RunbookQuery } from '@trilith/contract';

type Language = RunbookQuery['language'];

/** `$labels.name`, also between the braces that templates of rules have. */
const PLACEHOLDER = /\{\{-?\s*\$labels\.([A-Za-z_]\w*)\s*-?\}\}|\$labels\.([A-Za-z_]\w*)/y;
const PATTERN_OPERATOR = /(?:=~|!~|\|~)\s*$/;

export interface FilledQuery {
  readonly query: string;
  /** Labels without a value; where there are any, `query` is as it is written. */
  readonly missing: readonly string[];
  /** Why a value cannot stand where it should; else empty. */
  readonly problem: string;
}

/**
 * A query with the values of labels for `$labels.name`. A value is always inside a string of the query's language, escaped for it, and in
 * a regular expression it matches nothing but itself: whatever a label holds, the query means the same.
 */
export function fillLabels(
  template: string,
  language: Language,
  labelled: (label: string) => string | undefined,
): FilledQuery {
  const missing = new Set<string>();
  let problem = '';
  let query = '';
  for (const piece of piecesOf(template, language)) {
    if (typeof piece === 'string') {
      query += piece;
      continue;
    }
    const value = labelled(piece.label);
    if (value === undefined) {
      missing.add(piece.label);
      continue;
    }
    const inside = piece.isPattern ? value.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&') : value;
    if (piece.quote === '`' && inside.includes('`'))
      problem = `the value of ${piece.label} holds a backtick: write the string between double quotes`;
    else query += piece.quote === '' ? `"${escaped(inside, '"')}"` : escaped(inside, piece.quote);
  }
  if (missing.size > 0 || problem !== '') return { query: template, missing: [...missing], problem };
  return { query, missing: [], problem: '' };
}

/** The labels a query needs. */
export function labelsNeeded(template: string, language: Language): readonly string[] {
  const found = [...piecesOf(template, language)].flatMap((piece) => (typeof piece === 'string' ? [] : [piece.label]));
  return [...new Set(found)];
}

interface Placeholder {
  readonly label: string;
  /** The quote of the string it stands in; empty outside of one. */
  readonly quote: string;
  /** Whether that string is a regular expression. */
  readonly isPattern: boolean;
}

/** The text of a query and what stands for labels in it. Comments are text. */
function* piecesOf(template: string, language: Language): Generator<string | Placeholder> {
  const quotes = language === 'promql' ? `"'\`` : '"`';
  let quote = '';
  let isPattern = false;
  let text = '';
  for (let at = 0; at < template.length; ) {
    const character = template.charAt(at);
    PLACEHOLDER.lastIndex = at;
    const match = character === '$' || character === '{' ? PLACEHOLDER.exec(template) : null;
    if (match !== null) {
      yield text;
      yield {
        label: match[1] ?? match[2] ?? '',
        quote,
        isPattern: quote === '' ? PATTERN_OPERATOR.test(template.slice(0, at)) : isPattern,
      };
      text = '';
      at += match[0].length;
      continue;
    }
    let length = 1;
    if (quote === '') {
      if (character === '#' && language !== 'traceql') length = lineEnd(template, at) - at;
      else if (quotes.includes(character)) {
        quote = character;
        isPattern = PATTERN_OPERATOR.test(template.slice(0, at));
      }
    } else if (character === '\\' && quote !== '`') length = 2;
    else if (character === quote) quote = '';
    text += template.slice(at, at + length);
    at += length;
  }
  yield text;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** As it stands in a string of Go's syntax; between backticks nothing is escaped. */
function escaped(value: string, quote: string): string {
  if (quote === '`') return value;
  const inDouble = JSON.stringify(value.toWellFormed()).slice(1, -1);
  return quote === '"' ? inDouble : inDouble.replaceAll('\\"', '"').replaceAll("'", "\\'");
}
