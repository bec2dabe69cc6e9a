import { JsonError } from '../../base/json_input.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = Buffer.from(',');
const OPEN = Buffer.from('[');
const CLOSE = Buffer.from(']');

const opens = (byte: number): boolean => byte === 0x7b || byte === 0x5b;
const closes = (byte: number): boolean => byte === 0x7d || byte === 0x5d;

/**
 * Makes one JSON array of objects in a row, whatever white space is between them (`json_lines`: a line feed, `json_stream`:
 * nothing). A body that is one array is returned as it is. Only looks at brackets: what is no JSON stays none.
 * @throws JsonError for text outside of objects and arrays
 */
export function asJsonArray(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i] as number;
    if (depth === 0) {
      if (opens(byte)) {
        from = i;
        depth = 1;
      } else if (byte > 0x20) throw new JsonError('invalid JSON: expected an array of records, or records in a row');
    } else if (byte === QUOTE) i = stringEnd(body, i + 1);
    else if (opens(byte)) depth++;
    else if (closes(byte) && --depth === 0) parts.push(COMMA, body.subarray(from, i + 1));
  }
  if (depth > 0) throw new JsonError('invalid JSON: the last record is not complete');
  const only = parts.length === 2 ? parts[1] : undefined;
  if (only?.[0] === OPEN[0]) return body;
  return Buffer.concat([OPEN, ...parts.slice(1), CLOSE]);
}

function stringEnd(body: Uint8Array, from: number): number {
  let i = from;
  while (i < body.length && body[i] !== QUOTE) i += body[i] === BACKSLASH ? 2 : 1;
  return i;
}
