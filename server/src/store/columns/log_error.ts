import type { LineFields } from '../../model/log_fields.ts';
import { cutAt, type MapBuilder } from './attributes.ts';

/** OpenTelemetry's names (semantic conventions, exceptions in logs). */
const EXCEPTION_TYPE = Buffer.from('exception.type');
const EXCEPTION_MESSAGE = Buffer.from('exception.message');
/** Of a longer message this much is kept; all of it is in the line. */
const MESSAGE_BYTES = 1024;
const BACKSLASH = 0x5c;

/**
 * Adds the type and message of the error that a line names to its attributes, so that errors are found alike whether an
 * SDK sent them as attributes or a logger wrote them into a line. Only what `fields` found within [start, end) counts.
 */
export function appendError(
  attributes: MapBuilder,
  fields: LineFields,
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
): void {
  const within = (from: number, to: number): boolean => from >= start && to <= end;
  if (fields.errorTypeStart >= 0 && within(fields.errorTypeStart, fields.errorTypeEnd))
    appendProse(attributes, EXCEPTION_TYPE, bytes, fields.errorTypeStart, fields.errorTypeEnd);
  if (fields.errorMessageStart >= 0 && within(fields.errorMessageStart, fields.errorMessageEnd))
    appendProse(attributes, EXCEPTION_MESSAGE, bytes, fields.errorMessageStart, fields.errorMessageEnd);
}

function appendProse(
  attributes: MapBuilder,
  name: Buffer,
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
): void {
  const stop = end - start <= MESSAGE_BYTES ? end : cutAt(bytes, start, start + MESSAGE_BYTES);
  attributes.key(name, 0, name.length);
  const raw = bytes.subarray(start, stop);
  if (raw.includes(BACKSLASH)) attributes.values.appendText(unescaped(Buffer.from(raw)));
  else attributes.values.append(bytes, start, stop);
}

/** A JSON string's text without its escapes; as it is when the cut fell into one. */
function unescaped(raw: Buffer): string {
  const text = raw.toString('utf8');
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    // Not JSON (logfmt's escapes), or cut within an escape: the text says enough, and the line has all of it.
    return text;
  }
}
