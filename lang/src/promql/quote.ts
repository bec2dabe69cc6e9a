const SIMPLE: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/**
 * The content of a quoted string that the lexer accepted. `\xNN` and octal escapes are bytes of UTF-8; those that make no
 * character become lone surrogates (U+DC00 + byte), so that the string is not well-formed and {@link quote} can write them.
 */
export function unquote(literal: string): string {
  const body = literal.slice(1, -1);
  if (literal.startsWith('`') || !body.includes('\\')) return body;
  const parts: Uint8Array[] = [];
  const encoder = new TextEncoder();
  let from = 0;
  for (let p = body.indexOf('\\'); p !== -1; p = body.indexOf('\\', from)) {
    parts.push(encoder.encode(body.slice(from, p)));
    const c = body.charAt(p + 1);
    const simple = SIMPLE[c];
    if (c === 'u' || c === 'U') {
      const digits = c === 'u' ? 4 : 8;
      parts.push(encoder.encode(String.fromCodePoint(Number.parseInt(body.slice(p + 2, p + 2 + digits), 16))));
      from = p + 2 + digits;
    } else if (c === 'x') {
      parts.push(Uint8Array.of(Number.parseInt(body.slice(p + 2, p + 4), 16)));
      from = p + 4;
    } else if (c >= '0' && c <= '7') {
      parts.push(Uint8Array.of(Number.parseInt(body.slice(p + 1, p + 4), 8)));
      from = p + 4;
    } else {
      parts.push(encoder.encode(simple ?? c));
      from = p + 2;
    }
  }
  parts.push(encoder.encode(body.slice(from)));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return decodeUtf8(bytes);
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  for (let from = 0; from < bytes.length; ) {
    const length = characterLength(bytes, from);
    if (length === 0) text += String.fromCharCode(BYTE + (bytes[from++] as number));
    else {
      text += strict.decode(bytes.subarray(from, from + length));
      from += length;
    }
  }
  return text;
}

/** Where bytes that are no UTF-8 are kept: among the low surrogates. */
const BYTE = 0xdc00;

/** Bytes of the character at a position, 0 when there is none. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  try {
    strict.decode(bytes.subarray(at, at + length));
    return at + length <= bytes.length ? length : 0;
  } catch {
    // Not a character: that is the answer.
    return 0;
  }
}

/** A string as a double-quoted literal that `unquote` reads back. */
export function quote(text: string): string {
  let out = '"';
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    if (c === '"' || c === '\\') out += `\\${c}`;
    else if (c === '\n') out += '\\n';
    else if (c === '\t') out += '\\t';
    else if (c === '\r') out += '\\r';
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (code >= BYTE && code <= BYTE + 0xff) out += `\\x${(code - BYTE).toString(16)}`;
    else if (code === 0xfffd) out += '\\ufffd';
    else out += c;
  }
  return `${out}"`;
}

/** Whether a label name can be written without quotes. */
export const isLegacyLabelName = (name: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
/** Whether a metric name can be written without quotes. */
export const isLegacyMetricName = (name: string): boolean => /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
