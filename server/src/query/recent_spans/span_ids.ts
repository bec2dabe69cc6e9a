import { createHash } from 'node:crypto';

const TRACE_ID_WORDS = 4;
const DIGITS_PER_WORD = 8;
const INVALID = 0x80;
/** The value of each lower-case hex digit by its byte; INVALID for other bytes. */
const DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(byte));
  return value < 0 ? INVALID : value;
});

/** Reads words of eight lower-case hex digits each, the first digits first; false where the text is nothing of the kind. */
export function readHexWords(
  words: Uint32Array,
  at: number,
  count: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (end - start !== count * DIGITS_PER_WORD) return false;
  let all = 0;
  for (let word = 0, from = start; word < count; word++, from += DIGITS_PER_WORD) {
    let value = 0;
    for (let i = from; i < from + DIGITS_PER_WORD; i++) {
      const digit = DIGITS[bytes[i] as number] as number;
      all |= digit;
      value = (value << 4) | digit;
    }
    words[at + word] = value;
  }
  return all < INVALID;
}

/** Puts a trace id into four words: its bits, or of a text that is no id of 32 hex digits a digest. @returns whether it is one */
export function readTraceId(words: Uint32Array, at: number, bytes: Uint8Array, start: number, end: number): boolean {
  if (readHexWords(words, at, TRACE_ID_WORDS, bytes, start, end)) return true;
  const digest = createHash('sha256').update(bytes.subarray(start, end)).digest();
  for (let i = 0; i < TRACE_ID_WORDS; i++) words[at + i] = digest.readUInt32BE(i * 4);
  return false;
}

/** A trace id as {@link readTraceId} puts it. */
export function traceIdWords(id: string): Uint32Array {
  const words = new Uint32Array(TRACE_ID_WORDS);
  const bytes = Buffer.from(id);
  readTraceId(words, 0, bytes, 0, bytes.length);
  return words;
}

const scratch = Buffer.alloc(16);

/** Words as hex digits, eight each. @param count at most four */
export function hexOfWords(words: Uint32Array, at: number, count: number): string {
  for (let i = 0; i < count; i++) scratch.writeUInt32BE(words[at + i] as number, i * 4);
  return scratch.toString('hex', 0, count * 4);
}
