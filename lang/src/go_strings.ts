const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
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

/** The value of a quoted string as Go reads it (double quotes with escapes, back-ticks raw), or undefined if malformed. */
export function unquote(text: string): string | undefined {
  const quote = text[0];
  const body = text.slice(1, -1);
  if (quote === '`') return body.replaceAll('\r', '');
  if (body.includes('\n')) return undefined;
  const bytes: number[] = [];
  let out = '';
  const flush = (): void => {
    if (bytes.length > 0) out += new TextDecoder().decode(new Uint8Array(bytes.splice(0)));
  };
  for (let i = 0; i < body.length; i++) {
    const char = body[i] ?? '';
    if (char !== '\\') {
      flush();
      out += char;
      continue;
    }
    const letter = body[++i] ?? '';
    const simple = Object.hasOwn(SIMPLE, letter) ? SIMPLE[letter] : undefined;
    if (simple !== undefined) {
      flush();
      out += simple;
      continue;
    }
    const length = { x: 2, u: 4, U: 8 }[letter] ?? 3;
    const digits = letter >= '0' && letter <= '7' ? body.slice(i, i + 3) : body.slice(i + 1, i + 1 + length);
    const octal = digits.length === 3 && /^[0-7]{3}$/.test(digits) && letter >= '0' && letter <= '7';
    if (!octal && !(/[xuU]/.test(letter) && digits.length === length && /^[0-9a-fA-F]+$/.test(digits)))
      return undefined;
    const code = Number.parseInt(digits, octal ? 8 : 16);
    i += octal ? 2 : length;
    if (octal || letter === 'x') {
      if (code > 255) return undefined;
      bytes.push(code);
    } else {
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
      flush();
      out += String.fromCodePoint(code);
    }
  }
  flush();
  return out;
}
