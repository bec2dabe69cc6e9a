import { ABSENT, type LineFields } from './log_fields.ts';

const SPACE = 0x20;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
/** Longer names are no types. */
const TYPE_BYTES = 256;
const TRACEBACK = Buffer.from('Traceback (');

/** The error's type and message out of its stack (Java, .NET, Node, Python), where the record does not name them itself. */
export function settleError(fields: LineFields, bytes: Uint8Array): void {
  if (fields.stackStart < 0 || fields.errorTypeStart !== ABSENT) return;
  const { stackStart, stackEnd } = fields;
  if (!startsWith(bytes, stackStart, stackEnd, TRACEBACK)) readHead(fields, bytes, stackStart, stackEnd, false);
  else {
    // Python names the error below its frames, which are indented.
    let lastHead = ABSENT;
    for (let at = nextLine(bytes, stackStart, stackEnd); at < stackEnd; at = nextLine(bytes, at, stackEnd))
      if (typeEnd(bytes, at, stackEnd, true) !== at) lastHead = at;
    if (lastHead !== ABSENT) readHead(fields, bytes, lastHead, stackEnd, true);
  }
}

/** Notes `Type: message`, or a type alone, of the line that begins at `start`. */
function readHead(fields: LineFields, bytes: Uint8Array, start: number, end: number, belowFrames: boolean): void {
  const type = typeEnd(bytes, start, end, belowFrames);
  if (type === start) return;
  fields.errorTypeStart = start;
  fields.errorTypeEnd = type;
  if (bytes[type] !== COLON || fields.errorMessageStart !== ABSENT) return;
  const message = type + 2;
  const messageEnd = lineEnd(bytes, message, end);
  if (messageEnd <= message) return;
  fields.errorMessageStart = message;
  fields.errorMessageEnd = messageEnd;
}

/**
 * Where the type ends that a line begins with, or `start` when it begins with none: a name with a capital letter, before a
 * colon and a space, or by itself below or above frames that say `at` (stacks of Go begin with a function).
 */
function typeEnd(bytes: Uint8Array, start: number, end: number, belowFrames: boolean): number {
  let capital = false;
  let at = start;
  for (; at < end && isOfName(bytes[at] as number); at++) {
    const byte = bytes[at] as number;
    if (byte >= 0x41 && byte <= 0x5a) capital = true;
  }
  if (!capital || at - start > TYPE_BYTES) return start;
  if (at === end || lineEnd(bytes, at, end) === at) return belowFrames || isFrame(bytes, at, end) ? at : start;
  return bytes[at] === COLON && at + 1 < end && bytes[at + 1] === SPACE ? at : start;
}

/** Whether the line after the one that ends at `from` says where its caller was: white space, then `at`. */
function isFrame(bytes: Uint8Array, from: number, end: number): boolean {
  let at = nextLine(bytes, from, end);
  for (; at < end && (isSpace(bytes[at] as number) || bytes[at] === BACKSLASH); at++)
    if (bytes[at] === BACKSLASH && bytes[++at] !== 0x74) return false;
  return at + 2 < end && bytes[at] === 0x61 && bytes[at + 1] === 0x74 && isSpace(bytes[at + 2] as number);
}

const isSpace = (byte: number): boolean => byte === SPACE || byte === 0x09;

/** Letters, digits, `.`, `_` and `$`, also `+` of .NET's inner classes. */
function isOfName(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x2e && byte <= 0x39 && byte !== 0x2f) ||
    byte === 0x5f ||
    byte === 0x24 ||
    byte === 0x2b
  );
}

/** Where the line ends that goes on at `from`: before a line feed or its escape. */
function lineEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let i = from; i < end; i++) {
    const byte = bytes[i];
    if (byte === 0x0a || byte === 0x0d) return i;
    if (byte !== BACKSLASH) continue;
    if (bytes[i + 1] === 0x6e || bytes[i + 1] === 0x72) return i;
    i++;
  }
  return end;
}

/** The beginning of the line after that which goes on at `from`, or `end`. */
function nextLine(bytes: Uint8Array, from: number, end: number): number {
  let at = lineEnd(bytes, from, end);
  while (at < end && lineEnd(bytes, at, end) === at) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at, end);
}

function startsWith(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
