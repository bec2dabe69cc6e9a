import { errorCode, type Files, type OpenFile, replaceFile } from '../base/files.ts';
import type { Logger } from '../base/telemetry/log.ts';

const COPY_LIMIT = 256 * 1024 * 1024;

/** What reading the log has met that should not be there. */
export interface DamageCounts {
  corruptRanges: number;
  corruptBytes: number;
  /** Frames whose sequence numbers are missing. */
  lostFrames: number;
  /** Frames that came twice and were ignored. */
  repeatedFrames: number;
  foreignSegments: number;
}

/** Sets damaged ranges of the log aside and counts them; the log itself is never changed. */
export class DamageReport {
  readonly counts: DamageCounts = {
    corruptRanges: 0,
    corruptBytes: 0,
    lostFrames: 0,
    repeatedFrames: 0,
    foreignSegments: 0,
  };
  readonly #files: Files;
  readonly #directory: string;
  readonly #log: Logger;
  readonly #seen = new Set<string>();

  /** @param directory the log's own; copies go to `damaged/` in it */
  constructor(files: Files, directory: string, log: Logger) {
    this.#files = files;
    this.#directory = directory;
    this.#log = log;
  }

  /** Copies the range to `damaged/<segment>-<start>-<end>.bin`, once. A copy that fails is logged; the range stays in the log. */
  async range(segment: string, start: number, end: number): Promise<void> {
    const name = `${segment}-${start}-${end}.bin`;
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    this.counts.corruptRanges++;
    this.counts.corruptBytes += end - start;
    this.#log.error('damaged range in the write-ahead log, set aside', { segment, start, end, bytes: end - start });
    try {
      const aside = `${this.#directory}/damaged`;
      await this.#files.makeDirectory(aside);
      if ((await this.#files.list(aside)).includes(name)) return;
      const bytes = await readRange(
        this.#files,
        `${this.#directory}/${segment}`,
        start,
        Math.min(end, start + COPY_LIMIT),
      );
      await replaceFile(this.#files, `${aside}/${name}`, [bytes]);
    } catch (error) {
      this.#log.error('could not set a damaged range aside', { segment, start, end, error });
    }
  }

  lost(frames: number, after: number): void {
    const name = `lost ${frames} after ${after}`;
    if (frames <= 0 || this.#seen.has(name)) return;
    this.#seen.add(name);
    this.counts.lostFrames += frames;
    this.#log.error('frames are missing from the write-ahead log', { frames, afterSeq: after });
  }

  repeated(seq: number): void {
    this.counts.repeatedFrames++;
    this.#log.limited('WARN', 'wal-repeat', 10, 'a frame of the write-ahead log came twice, ignored', { seq });
  }

  foreign(segment: string, error: Error): void {
    if (this.#seen.has(segment)) return;
    this.#seen.add(segment);
    this.counts.foreignSegments++;
    this.#log.error('segment of another format version left alone', { segment, error });
  }
}

async function readRange(files: Files, path: string, start: number, end: number): Promise<Uint8Array> {
  const file: OpenFile = await files.open(path, 'read');
  try {
    const bytes = new Uint8Array(end - start);
    return bytes.subarray(0, await file.read(bytes, start));
  } finally {
    await file.close();
  }
}

/** True for a file that was removed while we looked. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}
