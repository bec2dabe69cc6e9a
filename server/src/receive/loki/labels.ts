/** Thrown for a label string that is not one; the message is the second half of Loki's own. */
export class LabelsError extends Error {
  override readonly name = 'LabelsError';
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/**
 * Parses `{name="value", …}`: values are Go string literals, double-quoted with escapes or in back quotes.
 * @returns name and value pairs as they come, repeated names included
 * @throws LabelsError
 */
export function parseLabelString(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  let at = 0;
  const space = () => {
    while (/\s/.test(text[at] ?? '')) at++;
  };
  const expect = (character: string) => {
    if (text[at] !== character) {
      throw new LabelsError(
        `1:${at + 1}: parse error: unexpected ${JSON.stringify(text[at] ?? 'end of input')}, expecting ${JSON.stringify(character)}`,
      );
    }
    at++;
  };
  space();
  expect('{');
  space();
  while (text[at] !== '}') {
    const name = /^[a-zA-Z_][a-zA-Z0-9_]*/.exec(text.slice(at, at + 4096))?.[0];
    if (name === undefined)
      throw new LabelsError(
        `1:${at + 1}: parse error: unexpected ${JSON.stringify(text[at] ?? 'end of input')}, expecting a label name`,
      );
    at += name.length;
    space();
    expect('=');
    space();
    const [value, next] = goString(text, at);
    at = next;
    pairs.push([name, value]);
    space();
    if (text[at] === ',') {
      at++;
      space();
    } else break;
  }
  expect('}');
  space();
  if (at !== text.length) throw new LabelsError(`1:${at + 1}: parse error: unexpected ${JSON.stringify(text[at])}`);
  return pairs;
}

/** A Go string literal at `from`; the value and the position after it. */
function goString(text: string, from: number): [value: string, next: number] {
  const quote = text[from];
  if (quote === '`') {
    const end = text.indexOf('`', from + 1);
    if (end < 0) throw new LabelsError(`1:${from + 1}: parse error: unterminated raw string`);
    return [text.slice(from + 1, end), end + 1];
  }
  if (quote !== '"')
    throw new LabelsError(
      `1:${from + 1}: parse error: unexpected ${JSON.stringify(quote ?? 'end of input')}, expecting a string`,
    );
  let value = '';
  let at = from + 1;
  for (;;) {
    const character = text[at];
    if (character === undefined || character === '\n')
      throw new LabelsError(`1:${from + 1}: parse error: unterminated quoted string`);
    if (character === '"') return [value, at + 1];
    if (character !== '\\') {
      value += character;
      at++;
      continue;
    }
    const simple = ESCAPES[text[at + 1] ?? ''];
    if (simple !== undefined) {
      value += simple;
      at += 2;
      continue;
    }
    const numeric = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(
      text.slice(at, at + 10),
    );
    const digits = numeric?.[1] ?? numeric?.[2] ?? numeric?.[3] ?? numeric?.[4];
    const code = digits === undefined ? -1 : Number.parseInt(digits, numeric?.[4] === undefined ? 16 : 8);
    if (code < 0 || code > 0x10ffff) throw new LabelsError(`1:${at + 1}: parse error: unknown escape sequence`);
    value += String.fromCodePoint(code);
    at += numeric?.[0].length ?? 0;
  }
}
