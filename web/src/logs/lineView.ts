import { foldFrames } from './lineText.ts';

export interface LinePreview {
  /** What a person wrote. */
  readonly message: string;
  /** The other fields as `key=value`, in the line's order; empty when the line is no JSON object. */
  readonly rest: string;
  /** Lines after the first that are not shown. */
  readonly folded: number;
}

const messageKeys = ['msg', 'message', 'body', 'event', 'log'];
/** Shown in columns of their own already. */
const columnKeys = new Set([
  'level',
  'severity',
  'time',
  'timestamp',
  'ts',
  '@timestamp',
  'service',
  'service_name',
  'service.name',
  'hostname',
  'pid',
  'v',
]);
const longestParsed = 32_768;

/** The line as a JSON object, or null. */
export function jsonOf(line: string): Readonly<Record<string, unknown>> | null {
  const text = line.trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    // Looks like JSON but is not; shown as the text it is.
    return null;
  }
}

/** Labels that name the place or the ids of an event: in columns, links or the open line, not in every row. */
const quietLabels =
  /^(?:service|service_name|service_instance_id|level|detected_level|severity|trace_id|span_id|namespace|pod|container|app|job|host|host_name|instance|filename|stream|__error__|__error_details__)$/;

function besides(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .filter(([name]) => !quietLabels.test(name))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** The first line of a text and how many follow, or with `whole` all of it without repeated stack frames. */
function folded(text: string, whole: boolean): { readonly message: string; readonly folded: number } {
  if (whole) {
    const { lines, hidden } = foldFrames(text.trimEnd());
    return { message: lines.join('\n'), folded: hidden.reduce((sum, one) => sum + one, 0) };
  }
  const end = text.indexOf('\n');
  if (end < 0) return { message: text, folded: 0 };
  const after = text.slice(end + 1).replace(/\n+$/, '');
  return { message: text.slice(0, end), folded: after === '' ? 0 : after.split('\n').length };
}

/** A JSON line as its message and the rest, without what quiet labels repeat; any other line as its first line, with the fields beside it. */
export function previewOf(line: string, labels: Readonly<Record<string, string>> = {}, whole = false): LinePreview {
  const object = line.length > longestParsed ? null : jsonOf(line);
  if (object === null) return { ...folded(line, whole), rest: besides(labels) };
  const key = messageKeys.find((name) => typeof object[name] === 'string');
  const rest = Object.entries(object)
    .filter(
      ([name, value]) => name !== key && !columnKeys.has(name) && !(quietLabels.test(name) && labels[name] === value),
    )
    .map(
      ([name, value]) => `${name}=${typeof value === 'string' ? value.replaceAll('\n', ' ⏎ ') : JSON.stringify(value)}`,
    )
    .join(' ');
  return { ...folded(key === undefined ? '' : String(object[key]), whole), rest };
}

/** The fields inside a JSON line, nested ones with `_` between, as LogQL's `json` stage names them. */
export function fieldsOf(line: string): readonly (readonly [string, string])[] {
  const object = jsonOf(line);
  return object === null ? [] : flatten(object, '', 0).slice(0, 200);
}

function flatten(value: Readonly<Record<string, unknown>>, prefix: string, depth: number): [string, string][] {
  return Object.entries(value).flatMap(([key, item]): [string, string][] => {
    const name = prefix + key.replaceAll(/[^\w]/g, '_');
    if (typeof item === 'object' && item !== null && !Array.isArray(item) && depth < 5)
      return flatten({ ...item }, `${name}_`, depth + 1);
    return [[name, typeof item === 'string' ? item : JSON.stringify(item)]];
  });
}
