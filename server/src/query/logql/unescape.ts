const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(.?))/gs;

/** The characters behind a backslash that JSON knows, apart from `u`. */
const JSON_ESCAPES: Readonly<Record<string, string>> = {
  ...{ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' },
};
const LOGFMT_ESCAPES: Readonly<Record<string, string>> = { ...JSON_ESCAPES, "'": "'" };

/**
 * The text that the inside of a JSON string stands for (Unescape of jsonparser). Undefined where an escape is none of JSON's or
 * half of a pair of surrogates; control characters may stand in it.
 */
export function unescapeJson(raw: string): string | undefined {
  if (!raw.includes('\\')) return raw;
  const text = unescaped(raw, JSON_ESCAPES);
  return text?.isWellFormed() === true ? text : undefined;
}

/** The text that the inside of a quoted logfmt value stands for (unquoteBytes of go-logfmt). Undefined where that refuses it. */
export function unescapeLogfmt(raw: string): string | undefined {
  return raw.includes('\\') ? unescaped(raw, LOGFMT_ESCAPES)?.toWellFormed() : raw;
}

function unescaped(raw: string, plain: Readonly<Record<string, string>>): string | undefined {
  let broken = false;
  const text = raw.replace(ESCAPE, (_, hex: string | undefined, char: string) => {
    const found = hex === undefined ? plain[char] : String.fromCharCode(Number.parseInt(hex, 16));
    broken ||= found === undefined;
    return found ?? '';
  });
  return broken ? undefined : text;
}
