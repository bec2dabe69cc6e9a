/** What stands for a varying token in a pattern. */
export const hole = '<_>';

/** The texts in a line's places of a pattern's holes, in order; null when the line does not fit the pattern. */
export function tokensOf(pattern: string, line: string): readonly string[] | null {
  const literals = pattern.split(hole);
  const first = literals[0] ?? '';
  let at = line.indexOf(first);
  if (at < 0) return null;
  at += first.length;
  const tokens: string[] = [];
  for (const [i, literal] of literals.slice(1).entries()) {
    const last = i === literals.length - 2;
    const end = literal === '' ? (last ? line.length : at) : line.indexOf(literal, at);
    if (end < 0) return null;
    tokens.push(line.slice(at, end));
    at = end + literal.length;
  }
  return tokens;
}

export interface TokenValues {
  /** Different values among the lines. */
  readonly distinct: number;
  /** The most frequent ones with how many lines have them. */
  readonly top: readonly (readonly [value: string, lines: number])[];
}

const valuesShown = 6;

/** How the values of each hole of a pattern are spread over lines; lines that do not fit are left out. */
export function tokenValues(pattern: string, lines: readonly string[]): readonly TokenValues[] {
  const holes = pattern.split(hole).length - 1;
  const counts = Array.from({ length: holes }, () => new Map<string, number>());
  for (const line of lines)
    for (const [i, token] of (tokensOf(pattern, line) ?? []).entries())
      counts[i]?.set(token, (counts[i].get(token) ?? 0) + 1);
  return counts.map((values) => ({
    distinct: values.size,
    top: [...values].sort((a, b) => b[1] - a[1]).slice(0, valuesShown),
  }));
}

/** A pattern cut at its holes: a text, without what begins a control sequence, or the number of a hole. */
export function patternParts(pattern: string): readonly (string | number)[] {
  const texts = pattern.split(hole).map((text) => text.replaceAll('\u001b[', ''));
  return texts.flatMap((text, at) => (at === 0 ? [text] : [at - 1, text]));
}
