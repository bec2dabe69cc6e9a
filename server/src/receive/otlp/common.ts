import type { ProtobufReader } from '../../base/protobuf.ts';
import { type AttributeSet, type AttributeTarget, cutAt, type TextBuilder } from '../../store/index.ts';
import { keyValue, readKeyValue } from './key_value.ts';
import { base64, doubleText, int64Text, listText } from './list_text.ts';
import { countElement, type Usage } from './usage.ts';

/**
 * opentelemetry.proto.common.v1 and resource.v1: attributes straight from the request's bytes into columns. Values
 * become text as in the collector's ClickHouse exporter; a letter per value keeps what it was (see `store/tables.ts`).
 */
const STRING = 0x73;
const BOOL = 0x62;
const INT = 0x69;
const DOUBLE = 0x64;
const BYTES = 0x79;
const NOTHING = 0x6e;
/** Arrays and key-value lists: as JSON, or where that would tell another value, as an OTLP/JSON AnyValue. */
const JSON_TEXT = 0x6a;
const OTLP_JSON = 0x6f;
/** Either of these two, before it is known which. */
const LIST = 0;

/** Positions of a record's repeated fields, reused from record to record: start, end, start, end, … */
export class Ranges {
  private words = new Int32Array(64);
  count = 0;

  /** Notes the length-delimited field at the reader's position and moves behind it. */
  read(reader: ProtobufReader): void {
    const end = reader.lengthEnd();
    this.add(reader.position, end);
    reader.position = end;
  }

  /**
   * Notes fields of this tag, as long as they are below 128 bytes, and moves behind them: most of a record is its
   * attributes, one after another, each with a length of one byte.
   */
  readShort(reader: ProtobufReader, tag: number): void {
    const { bytes, end } = reader;
    let { position } = reader;
    while (position + 1 < end && bytes[position] === tag) {
      const next = position + 2 + (bytes[position + 1] as number);
      if (next > end || (bytes[position + 1] as number) >= 0x80) break;
      this.add(position + 2, next);
      position = next;
    }
    reader.position = position;
  }

  private add(start: number, end: number): void {
    if ((this.count + 1) * 2 > this.words.length) {
      const next = new Int32Array(this.words.length * 2);
      next.set(this.words);
      this.words = next;
    }
    this.words[this.count * 2] = start;
    this.words[this.count * 2 + 1] = end;
    this.count++;
  }

  start(i: number): number {
    return this.words[i * 2] as number;
  }

  end(i: number): number {
    return this.words[i * 2 + 1] as number;
  }
}

/**
 * Appends the value of an AnyValue message at [start, end) as one row of text, cut to `maxBytes`.
 * @returns the letter of its type; `cutFrom` in `lastValue` is its full length when it was cut, else 0
 */
export function appendAnyValue(
  reader: ProtobufReader,
  start: number,
  end: number,
  target: TextBuilder,
  maxBytes: number,
  usage: Usage,
): number {
  const outerEnd = reader.end;
  reader.position = start;
  reader.end = end;
  lastValue.cutFrom = 0;
  let kind = NOTHING;
  let from = start;
  let to = start;
  let low = 0;
  let high = 0;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
      case 0x2a:
      case 0x32:
      case 0x3a:
        kind = tag === 0x0a ? STRING : tag === 0x3a ? BYTES : LIST;
        to = reader.lengthEnd();
        from = reader.position;
        reader.position = to;
        low = tag;
        break;
      case 0x10:
      case 0x18:
        kind = tag === 0x10 ? BOOL : INT;
        reader.varint64();
        low = reader.low;
        high = reader.high;
        break;
      case 0x21:
        kind = DOUBLE;
        from = reader.position;
        reader.fixed64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.end = outerEnd;
  if (kind === STRING) appendBounded(target, reader.bytes, from, to, maxBytes);
  else if (kind === NOTHING) target.endRow();
  else if (kind === INT) appendInteger(target, low, high);
  else if (kind === BOOL) target.appendText(low === 0 && high === 0 ? 'false' : 'true');
  else if (kind === DOUBLE) target.appendText(doubleText(reader.view.getFloat64(from, true)));
  else if (kind === BYTES) appendText(target, base64(reader.bytes, from, to), maxBytes);
  else {
    const list = listText(reader, from, to, low === 0x32, usage);
    appendText(target, list.text, maxBytes);
    reader.end = outerEnd;
    return list.isPlain ? JSON_TEXT : OTLP_JSON;
  }
  return kind;
}

/** Full length in bytes of the value appended last when it had to be cut, else 0. */
export const lastValue = { cutFrom: 0 };

function appendText(target: TextBuilder, text: string, maxBytes: number): void {
  const bytes = Buffer.from(text);
  appendBounded(target, bytes, 0, bytes.length, maxBytes);
}

function appendBounded(target: TextBuilder, bytes: Uint8Array, start: number, end: number, maxBytes: number): void {
  if (end - start <= maxBytes) {
    target.append(bytes, start, end);
    return;
  }
  lastValue.cutFrom = end - start;
  target.append(bytes, start, cutAt(bytes, start, start + maxBytes));
}

/** A two's-complement 64-bit integer in decimal. */
function appendInteger(target: TextBuilder, low: number, high: number): void {
  if (high !== 0 || low > 0x7fff_ffff) {
    target.appendText(int64Text(low, high));
    return;
  }
  target.reserve(10);
  let divisor = 1;
  while (divisor * 10 <= low) divisor *= 10;
  let rest = low;
  const { bytes } = target;
  for (; divisor >= 1; divisor = Math.floor(divisor / 10)) {
    const digit = Math.floor(rest / divisor);
    bytes[target.length++] = 0x30 + digit;
    rest -= digit * divisor;
  }
  target.endRow();
}

/**
 * Where the text begins when [start, end) is the KeyValue message that nearly every attribute is: a key, then a value
 * that is text of at most `maxBytes`, both below 128 bytes, and nothing else. Otherwise 0.
 */
function shortText(bytes: Uint8Array, start: number, end: number, maxBytes: number): number {
  if (end - start < 6 || bytes[start] !== 0x0a) return 0;
  const value = start + 2 + (bytes[start + 1] as number);
  const length = end - value - 4;
  return length >= 0 &&
    length < 0x7e &&
    length <= maxBytes &&
    bytes[value] === 0x12 &&
    bytes[value + 1] === length + 2 &&
    bytes[value + 2] === 0x0a &&
    bytes[value + 3] === length &&
    (bytes[start + 1] as number) < 0x80
    ? value + 4
    : 0;
}

/**
 * Appends attributes to the row a map is at (the caller ends the row), with their type letters to `types` (not ended).
 * Beyond the limit of attributes the rest is dropped and counted in the row (see `Usage.exact`), together with
 * what the sender dropped.
 * @returns how many are not kept
 */
export function appendAttributes(
  reader: ProtobufReader,
  attributes: Ranges,
  senderDropped: number,
  target: AttributeTarget,
  types: TextBuilder,
  usage: Usage,
): number {
  const { attributesPerRecord, attributeValueBytes } = usage.limits;
  const kept = Math.min(attributes.count, attributesPerRecord);
  const outerEnd = reader.end;
  for (let i = 0; i < kept; i++) {
    countElement(usage);
    const start = attributes.start(i);
    const valueAt = shortText(reader.bytes, start, attributes.end(i), attributeValueBytes);
    if (valueAt > 0) {
      target.entry(reader.bytes, start + 2, valueAt - 4, reader.bytes, valueAt, attributes.end(i));
      types.writeByte(STRING);
      continue;
    }
    readKeyValue(reader, start, attributes.end(i));
    const { keyStart, keyEnd, valueStart, valueEnd } = keyValue;
    target.key(reader.bytes, keyStart, keyEnd);
    types.writeByte(appendAnyValue(reader, valueStart, valueEnd, target.text, attributeValueBytes, usage));
    if (lastValue.cutFrom > 0) {
      target.truncated(reader.bytes, keyStart, keyEnd, lastValue.cutFrom);
      types.writeByte(INT);
      usage.truncatedValues++;
    }
  }
  const dropped = attributes.count - kept;
  countElement(usage, dropped);
  usage.droppedAttributes += dropped;
  const notKept = dropped + senderDropped;
  if (notKept > 0 && !usage.exact) {
    target.dropped(notKept);
    types.writeByte(INT);
  }
  reader.end = outerEnd;
  return notKept;
}

/** Reads attributes once, to be written to many rows. */
export function readAttributeSet(
  reader: ProtobufReader,
  attributes: Ranges,
  senderDropped: number,
  set: AttributeSet,
  usage: Usage,
): void {
  set.dropped = appendAttributes(reader, attributes, senderDropped, set.entries, set.types, usage);
  set.types.endRow();
  set.entries.endRow();
}
