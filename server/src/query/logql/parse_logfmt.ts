/** Names seen before, because lines of a kind repeat their keys; emptied when it grows past any one log format. */
const sanitized = new Map<string, string>();
const MAX_REMEMBERED = 10_000;

/** A label name out of any key: other characters become `_`, a leading digit gets one before it. */
export function sanitizeName(key: string): string {
  const known = sanitized.get(key);
  if (known !== undefined) return known;
  const name = key.trim().replace(/[^A-Za-z0-9_]/gu, '_');
  const result = /^[0-9]/.test(name) ? `_${name}` : name;
  if (sanitized.size >= MAX_REMEMBERED) sanitized.clear();
  sanitized.set(key, result);
  return result;
}

/**
 * Reads logfmt pairs from the left. Values in double quotes may hold spaces and escapes.
 * @returns an error message for the first malformed pair; reading goes on behind it unless `strict`
 */
export function parseLogfmt(
  line: string,
  strict: boolean,
  found: (key: string, value: string) => void,
): string | undefined {
  let at = 0;
  let error: string | undefined;
  while (at < line.length) {
    if (line.charCodeAt(at) <= 0x20) {
      at++;
      continue;
    }
    const start = at;
    while (at < line.length && !isKeyEnd(line, at)) at++;
    const key = line.slice(start, at);
    const stopped = line[at];
    if (stopped === '"' || (stopped === '=' && key === '')) {
      error ??= `logfmt syntax error at pos ${at + 1} : unexpected '${stopped}'`;
      if (strict) return error;
      while (at < line.length && line.charCodeAt(at) > 0x20) at++;
      continue;
    }
    if (stopped !== '=') {
      found(key, '');
      continue;
    }
    at++;
    if (line[at] !== '"') {
      const valueStart = at;
      while (at < line.length && line.charCodeAt(at) > 0x20 && line[at] !== '=' && line[at] !== '"') at++;
      if (line[at] === '=' || line[at] === '"') {
        error ??= `logfmt syntax error at pos ${at + 1} : unexpected '${line[at]}'`;
        if (strict) return error;
        while (at < line.length && line.charCodeAt(at) > 0x20) at++;
        continue;
      }
      found(key, line.slice(valueStart, at));
      continue;
    }
    const close = quotedEnd(line, at + 1);
    if (close < 0) return error ?? `logfmt syntax error at pos ${line.length + 1} : unterminated quoted value`;
    found(key, unescapeValue(line.slice(at + 1, close)));
    at = close + 1;
  }
  return error;
}

function isKeyEnd(line: string, at: number): boolean {
  const code = line.charCodeAt(at);
  return code <= 0x20 || code === 0x3d || code === 0x22;
}

function quotedEnd(line: string, from: number): number {
  for (let i = from; i < line.length; i++) {
    if (line[i] === '\\') i++;
    else if (line[i] === '"') return i;
  }
  return -1;
}

function unescapeValue(text: string): string {
  if (!text.includes('\\')) return text;
  try {
    const value: unknown = JSON.parse(`"${text.replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`);
    return typeof value === 'string' ? value : text;
  } catch {
    // Escapes that are not JSON's: the text as it stands is the best there is.
    return text;
  }
}
