import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import type { DeliveryQueue } from './delivery_queue.ts';
import { type EncodedResource, LogBatch } from './log_batch.ts';
import type { FilePosition, Positions } from './positions.ts';
import type { AssembledRecord } from './record_assembler.ts';

const compress = promisify(zstdCompress);

export interface LogSpoolOptions {
  readonly queue: DeliveryQueue;
  readonly positions: Positions;
  /** A request this large goes, bytes before compression. */
  readonly batchBytes: number;
  /** A record waits this long for company, ms. */
  readonly batchMs: number;
  readonly now: () => number;
}

/** Something that moves on in its file while its records are gathered. */
interface Positioned {
  readonly key: string;
  position(): FilePosition;
}

/** Gathers records into requests and puts each into the queue together with the positions it brings files to. */
export class LogSpool {
  readonly #options: LogSpoolOptions;
  readonly #touched = new Map<string, Positioned | FilePosition>();
  #batch: LogBatch;
  #sizeHint = 64 * 1024;
  #firstMs = 0;

  constructor(options: LogSpoolOptions) {
    this.#options = options;
    this.#batch = new LogBatch(this.#sizeHint);
  }

  append(resource: EncodedResource, record: AssembledRecord): void {
    if (this.#batch.records === 0) this.#firstMs = this.#options.now();
    this.#batch.append(resource, record);
  }

  /** The file has moved on; where it is counts when the request is sealed. A position stands as it is. */
  touch(file: Positioned | FilePosition): void {
    this.#touched.set(file.key, file);
  }

  get large(): boolean {
    return this.#batch.bytes >= this.#options.batchBytes;
  }

  /** ms until the request has waited long enough; Infinity when there is none. */
  get dueInMs(): number {
    if (this.#batch.records === 0) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#firstMs + this.#options.batchMs - this.#options.now());
  }

  /** Records gathered and not sealed. */
  get records(): number {
    return this.#batch.records;
  }

  /**
   * Makes what was gathered durable and says how many records it was. Throws AppendError `full` and keeps everything:
   * seal again later, and let nothing be read before.
   */
  async seal(): Promise<number> {
    const { queue, positions } = this.#options;
    const moved = [...this.#touched.values()].map((file) => ('position' in file ? file.position() : file));
    const { records } = this.#batch;
    if (records === 0) {
      for (const position of moved) positions.note(position);
      this.#touched.clear();
      return 0;
    }
    const plain = this.#batch.finish();
    const body = await compress(plain, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
    const seq = await queue.push({ header: positions.header(moved), body });
    positions.committed(seq, moved);
    this.#touched.clear();
    this.#sizeHint = plain.length;
    this.#batch = new LogBatch(this.#sizeHint);
    return records;
  }
}
