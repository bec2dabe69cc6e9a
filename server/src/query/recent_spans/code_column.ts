const WIDE = 0x1_0000;

/** A growing column of small numbers: two bytes each until one needs more. */
export class CodeColumn {
  rows = 0;
  values: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

  constructor(rows = 64) {
    this.values = new Uint16Array(rows);
  }

  /** Memory held, bytes. */
  get capacity(): number {
    return this.values.byteLength;
  }

  at(row: number): number {
    return this.values[row] as number;
  }

  append(value: number): void {
    if (value >= WIDE && this.values instanceof Uint16Array) this.values = Uint32Array.from(this.values);
    if (this.rows >= this.values.length) this.values = resizedLike(this.values, this.rows * 2 + 16);
    this.values[this.rows++] = value;
  }

  /** Appends the first `count` of some numbers. */
  appendAll(values: Uint32Array, count: number): void {
    let { rows } = this;
    if (rows + count > this.values.length) this.values = resizedLike(this.values, (rows + count) * 2);
    for (let i = 0; i < count; i++) {
      const value = values[i] as number;
      if (value >= WIDE && this.values instanceof Uint16Array) this.values = Uint32Array.from(this.values);
      this.values[rows++] = value;
    }
    this.rows = rows;
  }

  /** Gives back what nothing is in. */
  trim(): void {
    this.values = resizedLike(this.values, this.rows);
  }
}

function resizedLike(
  values: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
  length: number,
): Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> {
  const next = values instanceof Uint16Array ? new Uint16Array(length) : new Uint32Array(length);
  next.set(length < values.length ? values.subarray(0, length) : values);
  return next;
}
