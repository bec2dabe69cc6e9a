import { isUtf8 } from 'node:buffer';
import type { DecodeLimits } from '../../model/ingest.ts';

const METRIC_NAME = Buffer.from('__name__');
const strictEnough = new TextDecoder('utf-8', { ignoreBOM: true });
/** Shorter strings are copied by words, longer ones by the runtime. */
const LONG_RUN = 32;

export type SymbolLimits = Pick<DecodeLimits, 'labelsPerSeries' | 'labelNameBytes' | 'labelValueBytes'>;

/** Label bytes of the series being read; one for all requests, as large as the limits allow a series to be. */
let scratch: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(0);

/** The symbols of one remote write 2.0 request: places in its body, no strings. */
export class SymbolTable {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #starts = new Uint32Array(1024);
  #lengths = new Uint32Array(1024);
  #count = 0;
  readonly #labelBytes: Buffer<ArrayBuffer>;
  readonly #outView: DataView;
  #next = 0;
  /** 1 for symbols that read `__name__` (one, unless the sender repeats itself). */
  #isName = new Uint8Array(1024);
  #metricSymbol = -1;

  constructor(bytes: Uint8Array<ArrayBuffer>, limits: SymbolLimits) {
    const room = limits.labelsPerSeries * (limits.labelNameBytes + limits.labelValueBytes + 16) + 16;
    if (scratch.length < room) scratch = Buffer.allocUnsafeSlow(room);
    this.#labelBytes = scratch;
    this.#outView = new DataView(scratch.buffer);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get count(): number {
    return this.#count;
  }

  /** The bytes {@link writeLabels} wrote last. */
  get labelBytes(): Buffer<ArrayBuffer> {
    return this.#labelBytes;
  }

  /** The symbol of the metric name among the labels written last, or -1. */
  get metricSymbol(): number {
    return this.#metricSymbol;
  }

  length(symbol: number): number {
    return this.#lengths[symbol] as number;
  }

  /** The text of a symbol; invalid UTF-8 becomes U+FFFD. */
  text(symbol: number): string {
    const start = this.#starts[symbol] as number;
    return strictEnough.decode(this.#bytes.subarray(start, start + (this.#lengths[symbol] as number)));
  }

  /** Whether a symbol is valid UTF-8. */
  isText(symbol: number): boolean {
    const start = this.#starts[symbol] as number;
    return isUtf8(this.#bytes.subarray(start, start + (this.#lengths[symbol] as number)));
  }

  add(start: number, end: number): void {
    if (this.#count === this.#starts.length) {
      this.#starts = doubled(this.#starts);
      this.#lengths = doubled(this.#lengths);
      const isName = new Uint8Array(this.#starts.length);
      isName.set(this.#isName);
      this.#isName = isName;
    }
    this.#starts[this.#count] = start;
    this.#lengths[this.#count] = end - start;
    if (end - start === METRIC_NAME.length && METRIC_NAME.equals(this.#bytes.subarray(start, end))) {
      this.#isName[this.#count] = 1;
    }
    this.#count++;
  }

  /**
   * Writes labels as label bytes (`model/label_bytes`) to the start of {@link labelBytes}, straight from the packed
   * references (varints: name, value, name, value …) of a series.
   * @returns the end of the bytes, or -1 when a reference, a length or the number of labels is not as `limits` demand:
   * a few bytes of references could name megabytes, so nothing beyond the limits is ever copied
   */
  writeLabels(packedStart: number, packedEnd: number, limits: SymbolLimits): number {
    const bytes = this.#bytes;
    const lengths = this.#lengths;
    const isName = this.#isName;
    const out = this.#labelBytes;
    const known = this.#count;
    const { labelNameBytes, labelValueBytes } = limits;
    let labels = limits.labelsPerSeries;
    let from = packedStart;
    let at = 0;
    this.#metricSymbol = -1;
    while (from < packedEnd) {
      let name = bytes[from++] as number;
      if (name >= 0x80) {
        const second = bytes[from] as number;
        if (second < 0x80) {
          name = (name & 0x7f) | (second << 7);
          from++;
        } else {
          this.#next = from - 1;
          name = this.#reference(packedEnd);
          from = this.#next;
        }
      }
      let value = bytes[from++] as number;
      if (value >= 0x80) {
        const second = bytes[from] as number;
        if (second < 0x80) {
          value = (value & 0x7f) | (second << 7);
          from++;
        } else {
          this.#next = from - 1;
          value = this.#reference(packedEnd);
          from = this.#next;
        }
      }
      if (from > packedEnd || name >= known || value >= known || --labels < 0) return -1;
      const nameLength = lengths[name] as number;
      const valueLength = lengths[value] as number;
      if (nameLength > labelNameBytes || valueLength > labelValueBytes) return -1;
      if (isName[name] === 1) this.#metricSymbol = value;
      const inner = 2 + varintLength(nameLength) + nameLength + varintLength(valueLength) + valueLength;
      out[at++] = 0x0a;
      if (inner < 0x80) out[at++] = inner;
      else at = writeVarint(inner, out, at);
      out[at++] = 0x0a;
      if (nameLength < 0x80) out[at++] = nameLength;
      else at = writeVarint(nameLength, out, at);
      this.#copy(name, nameLength, at);
      at += nameLength;
      out[at++] = 0x12;
      if (valueLength < 0x80) out[at++] = valueLength;
      else at = writeVarint(valueLength, out, at);
      this.#copy(value, valueLength, at);
      at += valueLength;
    }
    return at;
  }

  /** Reads the varint at `#next`, moving it behind; beyond `end` or 32 bits no symbol has such a number. */
  #reference(end: number): number {
    let reference = 0;
    for (let shift = 0; shift <= 28 && this.#next < end; shift += 7) {
      const byte = this.#bytes[this.#next++] as number;
      reference += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return reference;
    }
    return Number.POSITIVE_INFINITY;
  }

  #copy(symbol: number, length: number, at: number): void {
    const from = this.#starts[symbol] as number;
    if (length > LONG_RUN || from + LONG_RUN + 4 > this.#bytes.length) {
      this.#labelBytes.set(this.#bytes.subarray(from, from + length), at);
      return;
    }
    // Whole words: up to three bytes too many are overwritten by what follows, and there is room for them.
    const source = this.#view;
    const target = this.#outView;
    for (let i = 0; i < length; i += 4) target.setInt32(at + i, source.getInt32(from + i, true), true);
  }
}

function doubled(from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2);
  to.set(from);
  return to;
}

function varintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

function writeVarint(value: number, out: Uint8Array, start: number): number {
  let at = start;
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80;
  out[at++] = rest;
  return at;
}
