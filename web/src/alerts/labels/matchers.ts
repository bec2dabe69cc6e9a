import type { SilenceMatcher } from '../../data/silences.ts';

export type Operator = '=' | '!=' | '=~' | '!~';

/** One condition on a label, as Alertmanager has them. */
export interface Matcher {
  readonly name: string;
  readonly operator: Operator;
  readonly value: string;
}

const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const written =
  /^\s*(?:"((?:[^"\\]|\\.)+)"|([^\s="!~,{}]+))\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",{}]*))\s*(?:,|$)/;

/** The matchers of `a="b", c=~"d.*"`, in braces or not; null for text that is none. */
export function readMatchers(text: string): readonly Matcher[] | null {
  let rest = text.trim();
  if (rest.startsWith('{') && rest.endsWith('}')) rest = rest.slice(1, -1);
  const found: Matcher[] = [];
  while (rest.trim() !== '') {
    const match = written.exec(rest);
    if (match === null) return null;
    const [whole, quotedName, name = '', operator, quoted, bare = ''] = match;
    if (!isOperator(operator)) return null;
    found.push({
      name: quotedName === undefined ? name : unescaped(quotedName),
      operator,
      value: quoted === undefined ? bare : unescaped(quoted),
    });
    rest = rest.slice(whole.length);
  }
  return found;
}

function isOperator(text: string | undefined): text is Operator {
  return text === '=' || text === '!=' || text === '=~' || text === '!~';
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one));
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** `name="value"`, as every API of alerts reads it. */
export function matcherText({ name, operator, value }: Matcher): string {
  return `${plainName.test(name) ? name : quoted(name)}${operator}${quoted(value)}`;
}

export function matchersText(matchers: readonly Matcher[]): string {
  return matchers.map(matcherText).join(', ');
}

/** Matchers that fit exactly these labels, in their order; those that a drill or the program adds are left out. */
export function exactly(labels: Readonly<Record<string, string>>): readonly Matcher[] {
  return Object.entries(labels)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({ name, operator: '=', value }));
}

/** The labels that matchers ask for by equality; null when one asks otherwise. */
export function labelsOf(matchers: readonly Matcher[]): Readonly<Record<string, string>> | null {
  if (matchers.some(({ operator }) => operator !== '=')) return null;
  return Object.fromEntries(matchers.map(({ name, value }) => [name, value]));
}

export function toSilence({ name, operator, value }: Matcher): SilenceMatcher {
  return { name, value, isRegex: operator.endsWith('~'), isEqual: operator.startsWith('=') };
}

export function fromSilence({ name, value, isRegex, isEqual }: SilenceMatcher): Matcher {
  const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
  return { name, operator, value };
}
