import { LogqlError } from './query_error.ts';

/** A path into JSON: keys and array indexes. */
export type JsonPath = readonly (string | number)[];

/**
 * Reads `server.host`, `tags[0]`, `["a b"].c`.
 * @throws LogqlError as Loki words it
 */
export function parseJsonPath(text: string): JsonPath {
  const path: (string | number)[] = [];
  let rest = text;
  const step = /^\.?([A-Za-z_][\w-]*)|^\[(\d+)\]|^\["((?:[^"\\]|\\.)*)"\]/;
  while (rest !== '') {
    const match = step.exec(rest);
    if (match === null || (path.length === 0 && rest.startsWith('.'))) {
      throw new LogqlError(
        'execution',
        `parse error : cannot parse expression [${text}]: syntax error: unexpected ${rest}`,
      );
    }
    path.push(match[2] === undefined ? (match[1] ?? match[3] ?? '') : Number(match[2]));
    rest = rest.slice(match[0].length);
  }
  return path;
}

/** The value at a path as label text: strings as they are, objects and arrays as JSON, nothing as the empty string. */
export function jsonAt(value: unknown, path: JsonPath): string {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return '';
    if (Array.isArray(current) !== (typeof step === 'number')) return '';
    if (!Object.hasOwn(current, step)) return '';
    current = (current as Record<string | number, unknown>)[step];
  }
  if (typeof current === 'string') return current;
  if (current === null || current === undefined) return '';
  return typeof current === 'object' ? JSON.stringify(current) : String(current);
}
