export interface BufferPoolOptions {
  /** Free buffers kept at most, bytes together. */
  readonly keptBytes: number;
  /** A buffer nobody needed for this long is let go, ms; default 5,000. */
  readonly idleMs?: number;
}

/** Smaller ones are cheaper to make than to keep. */
const SMALLEST_BYTES = 16 * 1024;

/**
 * Memory for request bodies and blocks that is used again. The collector counts what array buffers hold: two hundred
 * kilobytes a request are a full collection every few hundred requests, though next to nothing of it lives.
 *
 * Buffers have eight sizes between a power of two and the next, so that an eighth is wasted at most. They hold what they
 * held before. Whoever has one may keep it, transfer it or give it back, once and with no view of it in use.
 */
export class BufferPool {
  readonly #keptBytes: number;
  readonly #idleMs: number;
  readonly #free = new Map<number, { readonly buffers: ArrayBuffer[]; fewest: number }>();
  #freeBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BufferPoolOptions) {
    this.#keptBytes = options.keptBytes;
    this.#idleMs = options.idleMs ?? 5_000;
  }

  /** Free buffers held, bytes. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** A view of exactly `bytes` bytes at the beginning of a buffer; what it holds is anything. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    const size = roomFor(bytes);
    const kept = this.#free.get(size);
    const buffer = kept?.buffers.pop();
    if (kept === undefined || buffer === undefined) return new Uint8Array(new ArrayBuffer(size), 0, bytes);
    this.#freeBytes -= size;
    kept.fewest = Math.min(kept.fewest, kept.buffers.length);
    return new Uint8Array(buffer, 0, bytes);
  }

  /** Keeps a buffer for the next one who needs it; a detached one, one of no size of ours or one too many is let go. */
  give(buffer: ArrayBuffer): void {
    const size = buffer.byteLength;
    if (size < SMALLEST_BYTES || roomFor(size) !== size || this.#freeBytes + size > this.#keptBytes) return;
    const kept = this.#free.get(size);
    if (kept === undefined) this.#free.set(size, { buffers: [buffer], fewest: 0 });
    else kept.buffers.push(buffer);
    this.#freeBytes += size;
    this.#timer ??= setInterval(() => this.#letGo(), this.#idleMs).unref();
  }

  /** Drops what lay here unused since the last look. */
  #letGo(): void {
    for (const [size, kept] of this.#free) {
      kept.buffers.splice(0, kept.fewest);
      this.#freeBytes -= kept.fewest * size;
      kept.fewest = kept.buffers.length;
      if (kept.buffers.length === 0) this.#free.delete(size);
    }
    if (this.#free.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** The size of the buffer for so many bytes; small ones get exactly what they need. */
function roomFor(bytes: number): number {
  if (bytes < SMALLEST_BYTES) return bytes;
  const step = 2 ** (28 - Math.clz32(bytes - 1));
  return Math.ceil(bytes / step) * step;
}
