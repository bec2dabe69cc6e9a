const KEPT_BYTES = 1024 * 1024;

/** Bytes of a connection that are not taken yet, in one piece. Memory grows by doubling, and a large one is let go. */
export class ByteQueue {
  private readonly leastBytes: number;
  private memory: Uint8Array<ArrayBuffer>;
  private start = 0;
  private end = 0;

  /** @param leastBytes memory to begin with */
  constructor(leastBytes: number) {
    this.leastBytes = leastBytes;
    this.memory = new Uint8Array(leastBytes);
  }

  get length(): number {
    return this.end - this.start;
  }

  /** The bytes that wait; valid until the next `push`. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.memory.subarray(this.start, this.end);
  }

  push(bytes: Uint8Array): void {
    const { length } = this;
    const isTooLarge = length === 0 && this.memory.length > KEPT_BYTES;
    if (this.end + bytes.length > this.memory.length || isTooLarge) {
      const size = length + bytes.length;
      const fits = !isTooLarge && size <= this.memory.length / 2;
      const next = fits ? this.memory : new Uint8Array(Math.max(this.leastBytes, size * 2));
      // Memory that views were given of may be used again: they are valid until here.
      next.set(this.memory.subarray(this.start, this.end));
      this.memory = next;
      this.start = 0;
      this.end = length;
    }
    this.memory.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Takes the first `count` bytes away. */
  drop(count: number): void {
    this.start += count;
    if (this.start === this.end) this.start = this.end = 0;
  }
}
