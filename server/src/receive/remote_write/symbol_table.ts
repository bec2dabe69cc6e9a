const METRIC_NAME = Buffer.from('__name__');
const strictEnough = new TextDecoder('utf-8', { ignoreBOM: true });
/** Shorter strings are copied by words, longer ones by the runtime. */
const LONG_RUN = 32;

/** The symbols of one remote write 2.0 request: places in its body, no strings. */
export class SymbolTable {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #starts = new Uint32Array(1024);
  #lengths = new Uint32Array(1024);
  #count = 0;
  #labelBytes: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(4096);
  #outView: DataView = new DataView(this.#labelBytes.buffer);
  /** Which symbols read `__name__` (one, unless the sender repeats itself). */
  readonly #names = new Set<number>();
  #metricSymbol = -1;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
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

  add(start: number, end: number): void {
    if (this.#count === this.#starts.length) {
      this.#starts = doubled(this.#starts);
      this.#lengths = doubled(this.#lengths);
    }
    this.#starts[this.#count] = start;
    this.#lengths[this.#count] = end - start;
    if (end - start === METRIC_NAME.length && METRIC_NAME.equals(this.#bytes.subarray(start, end))) {
      this.#names.add(this.#count);
    }
    this.#count++;
  }

  /**
   * Writes labels as label bytes (`model/label_bytes`) to the start of {@link labelBytes}.
   * @param references name, value, name, value …, all of them valid symbols
   * @returns the end of the bytes
   */
  writeLabels(references: Uint32Array, count: number): number {
    let bound = 0;
    for (let i = 0; i < count; i++) bound += (this.#lengths[references[i] as number] as number) + 12;
    if (bound > this.#labelBytes.length) {
      this.#labelBytes = Buffer.allocUnsafeSlow(bound * 2);
      this.#outView = new DataView(this.#labelBytes.buffer);
    }
    const out = this.#labelBytes;
    this.#metricSymbol = -1;
    let at = 0;
    for (let i = 0; i < count; i += 2) {
      const name = references[i] as number;
      const value = references[i + 1] as number;
      if (this.#names.has(name)) this.#metricSymbol = value;
      const nameLength = this.#lengths[name] as number;
      const valueLength = this.#lengths[value] as number;
      out[at++] = 0x0a;
      const inner = 2 + varintLength(nameLength) + nameLength + varintLength(valueLength) + valueLength;
      at = writeVarint(inner, out, at);
      out[at++] = 0x0a;
      at = writeVarint(nameLength, out, at);
      at = this.#copy(name, nameLength, out, at);
      out[at++] = 0x12;
      at = writeVarint(valueLength, out, at);
      at = this.#copy(value, valueLength, out, at);
    }
    return at;
  }

  #copy(symbol: number, length: number, out: Uint8Array, start: number): number {
    const from = this.#starts[symbol] as number;
    if (length > LONG_RUN || from + LONG_RUN + 4 > this.#bytes.length) {
      out.set(this.#bytes.subarray(from, from + length), start);
    } else {
      // Whole words: up to three bytes too many are overwritten by what follows, and the bound leaves room for them.
      for (let i = 0; i < length; i += 4) this.#outView.setInt32(start + i, this.#view.getInt32(from + i, true), true);
    }
    return start + length;
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
