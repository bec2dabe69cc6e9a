import type { Labels } from '../../model/labels.ts';
import { BlockFormatError } from './bit_reader.ts';
import type { Block, BlockMeta } from './block.ts';
import type { ChunkHistogram, SampleVisitor } from './chunk.ts';
import { readChunk } from './chunk_samples.ts';
import type { BlockPosition } from './import_state.ts';
import { type DeletedRange, isDeleted } from './tombstones.ts';
import { WriteRequest } from './write_request.ts';

const MS_PER_DAY = 86_400_000;
/** Bounds of one request, well within the receiver's own. */
const MOST_SAMPLES = 50_000;
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_ELEMENTS = 300_000;

/** A request with some of a block's samples. */
export interface BlockRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly samples: number;
  /** Where the block stands when the server has taken it. */
  readonly position: BlockPosition;
}

/** What could not be sent. */
export interface Skipped {
  /** Chunks whose bytes are damaged, and what the first of them said. */
  damagedChunks: number;
  damage: string;
}

/**
 * A block as requests: UTC day by UTC day, so that each request is rows of one partition, and series by series within a
 * day. Deleted samples, and those before `oldestMs` or outside of the block's own times, are left out.
 */
export function* blockRequests(
  block: Block,
  meta: BlockMeta,
  from: BlockPosition | undefined,
  oldestMs: number,
  skipped: Skipped,
): Generator<BlockRequest> {
  const firstDay = Math.floor(Math.max(meta.minMs, oldestMs) / MS_PER_DAY);
  const lastDay = Math.floor((meta.maxMs - 1) / MS_PER_DAY);
  let sent = from?.samples ?? 0;
  for (let day = from?.day ?? firstDay; day <= lastDay; day++) {
    const window = new Window(
      Math.max(day * MS_PER_DAY, meta.minMs, oldestMs),
      Math.min((day + 1) * MS_PER_DAY, meta.maxMs),
    );
    let request = new WriteRequest();
    for (const { series, next } of block.index.series(from?.day === day ? from.next : 0)) {
      window.begin(request, series.labels, block.deleted.get(series.reference) ?? []);
      for (const place of series.chunks) {
        if (place.maxMs < window.minMs || place.minMs >= window.endMs) continue;
        window.readChunk(() => {
          const { encoding, data } = block.chunks.chunk(place);
          readChunk(encoding, data, window);
        }, skipped);
      }
      window.end();
      if (request.samples < MOST_SAMPLES && request.size < MOST_BYTES && request.elements < MOST_ELEMENTS) continue;
      sent += request.samples;
      yield { body: request.finish(), samples: request.samples, position: { day, next, samples: sent } };
      request = new WriteRequest();
    }
    if (request.isEmpty) continue;
    sent += request.samples;
    yield { body: request.finish(), samples: request.samples, position: { day: day + 1, next: 0, samples: sent } };
  }
}

/** Passes on the samples of one day; a series is begun when the first of them comes. */
class Window implements SampleVisitor {
  readonly minMs: number;
  readonly endMs: number;
  #request: WriteRequest | null = null;
  #labels: Labels = [];
  #deleted: readonly DeletedRange[] = [];
  #begun = false;

  constructor(minMs: number, endMs: number) {
    this.minMs = minMs;
    this.endMs = endMs;
  }

  begin(request: WriteRequest, labels: Labels, deleted: readonly DeletedRange[]): void {
    this.#request = request;
    this.#labels = labels;
    this.#deleted = deleted;
    this.#begun = false;
  }

  end(): void {
    if (this.#begun) this.#request?.end();
  }

  /** Reads a chunk; one that is damaged is noted, and what came before the damage stays. */
  readChunk(read: () => void, skipped: Skipped): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof BlockFormatError)) throw error;
      skipped.damagedChunks++;
      skipped.damage ||= error.message;
    }
  }

  sample(timeMs: number, startMs: number, high: number, low: number): void {
    this.#wanted(timeMs)?.sample(timeMs, startMs, high, low);
  }

  histogram(timeMs: number, startMs: number, histogram: ChunkHistogram): void {
    this.#wanted(timeMs)?.histogram(timeMs, startMs, histogram);
  }

  #wanted(timeMs: number): WriteRequest | null {
    if (timeMs < this.minMs || timeMs >= this.endMs || isDeleted(this.#deleted, timeMs)) return null;
    if (!this.#begun) {
      this.#request?.begin(this.#labels);
      this.#begun = true;
    }
    return this.#request;
  }
}
