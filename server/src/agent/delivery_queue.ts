import { errorCode, type Files, type OpenFile, readWhole, replaceFile } from '../base/files.ts';
import { FRAME_HEADER_BYTES, type Frame, frameAt } from '../base/segment_frame.ts';
import { AppendError, type FramePosition, SegmentLog } from '../base/segment_log.ts';
import { listSegments, readSegment, type SegmentName } from '../base/segment_reader.ts';
import type { Logger } from '../base/telemetry/log.ts';

/** What the queue keeps: a header for us, a body for the server. */
export interface QueueEntry {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

export interface QueuedFrame extends FramePosition {
  readonly salt: number;
  readonly name: string;
}

export interface DeliveryQueueOptions {
  readonly files: Files;
  readonly directory: string;
  /** The queue is full when entries not delivered take this much, bytes. */
  readonly maxBytes: number;
  readonly segmentBytes: number;
  readonly log: Logger;
  readonly now: () => number;
  /** Called for each entry on disk, delivered or not, oldest first, before the queue is used. */
  readonly onFound: (seq: number, header: Uint8Array<ArrayBuffer>) => void;
  /** Called before a segment is removed: what its headers said must be kept elsewhere when it resolves. */
  readonly beforeRemoval: () => Promise<void>;
  /** Called once when the disk failed in a way that leaves the queue unusable. */
  readonly onPoison: (error: Error) => void;
}

const HEADER_LENGTH_BYTES = 4;
const ENTRY = 1;
const MAX_ENTRY_BYTES = 64 * 1024 * 1024;
const DELIVERED = 'delivered';
const DELIVERED_BYTES = 20;

interface Segment extends SegmentName {
  /** Entries in it that are not delivered. */
  left: number;
  sealed: boolean;
}

/**
 * A bounded first-in, first-out queue on disk. An entry is durable (fdatasync) when `push` resolves and stays until
 * `delivered` was called for it. How far delivery came is written without fdatasync: after a power loss entries may be
 * delivered again, byte for byte the same.
 */
export class DeliveryQueue {
  readonly #options: DeliveryQueueOptions;
  readonly #log: SegmentLog;
  readonly #segments = new Map<number, Segment>();
  readonly #waiting: QueuedFrame[];
  readonly #deliveredFile: OpenFile;
  #bytes = 0;
  #pushing = 0;
  #changed = Promise.withResolvers<void>();

  private constructor(
    options: DeliveryQueueOptions,
    found: { readonly segments: Map<number, Segment>; readonly waiting: QueuedFrame[]; readonly nextSeq: number },
    deliveredFile: OpenFile,
  ) {
    this.#options = options;
    this.#segments = found.segments;
    this.#waiting = found.waiting;
    this.#deliveredFile = deliveredFile;
    for (const { bytes } of found.waiting) this.#bytes += bytes;
    this.#log = new SegmentLog({
      files: options.files,
      directory: options.directory,
      nextSeq: found.nextSeq,
      segmentBytes: options.segmentBytes,
      groupDelayMs: 0,
      groupBytes: options.segmentBytes,
      nowMs: options.now,
      onPoison: options.onPoison,
      onSealed: ({ firstSeq }) => this.#sealed(firstSeq),
      onSync: () => undefined,
    });
  }

  /** Opens or makes the queue of a directory. Throws file errors. */
  static async open(options: DeliveryQueueOptions): Promise<DeliveryQueue> {
    const { files, directory } = options;
    await files.makeDirectory(directory);
    const delivered = await openDelivered(files, directory);
    const found = await scan(options, delivered.seq);
    return new DeliveryQueue(options, found, delivered.file);
  }

  /** Bytes of entries not delivered. */
  get bytes(): number {
    return this.#bytes;
  }

  get entries(): number {
    return this.#waiting.length;
  }

  get full(): boolean {
    return this.#bytes + this.#pushing >= this.#options.maxBytes;
  }

  /** Resolves at the next change: something was pushed, delivered or removed. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** The sequence number of the last entry ever pushed. */
  get lastSeq(): number {
    return this.#log.nextSeq - 1;
  }

  /**
   * Appends an entry; it is durable when this resolves, with its sequence number.
   * Throws AppendError (`full`: the disk is; nothing of the entry is kept).
   */
  async push({ header, body }: QueueEntry): Promise<number> {
    const length = new Uint8Array(HEADER_LENGTH_BYTES);
    new DataView(length.buffer).setUint32(0, header.length, true);
    const bytes = FRAME_HEADER_BYTES + HEADER_LENGTH_BYTES + header.length + body.length;
    this.#pushing += bytes;
    try {
      const position = await this.#log.append(ENTRY, [length, header, body]);
      const live = this.#log.segments.find(({ firstSeq }) => firstSeq === position.segment);
      if (live === undefined) throw new Error('the segment of a new entry is not known');
      const segment = this.#segments.get(position.segment) ?? {
        name: live.name,
        firstSeq: live.firstSeq,
        salt: live.salt,
        left: 0,
        sealed: live.sealed,
      };
      segment.left++;
      this.#segments.set(position.segment, segment);
      this.#waiting.push({ ...position, salt: live.salt, name: live.name });
      this.#bytes += position.bytes;
      this.#notify();
      return position.seq;
    } finally {
      this.#pushing -= bytes;
    }
  }

  /** The oldest entry not delivered, or undefined. It stays first until `delivered` is told of it. */
  first(): QueuedFrame | undefined {
    return this.#waiting[0];
  }

  /** All entries that are not delivered, oldest first. */
  waiting(): readonly QueuedFrame[] {
    return this.#waiting;
  }

  /** Reads an entry. Undefined when it is damaged on disk. */
  async read(frame: QueuedFrame): Promise<QueueEntry | undefined> {
    const { files, directory } = this.#options;
    const file = await files.open(`${directory}/${frame.name}`, 'read');
    try {
      const bytes = new Uint8Array(frame.bytes);
      const read = await file.read(bytes, frame.offset);
      const found = frameAt(bytes.subarray(0, read), 0, frame.salt, MAX_ENTRY_BYTES, frame.offset);
      return found === undefined || 'more' in found ? undefined : entryOf(found);
    } finally {
      await file.close();
    }
  }

  /** The first entry is where it belongs (or given up) and may be forgotten. Of another one nothing happens. */
  async delivered(frame: QueuedFrame): Promise<void> {
    if (this.#waiting[0] !== frame) return;
    this.#waiting.shift();
    this.#bytes -= frame.bytes;
    await this.#deliveredFile.write([deliveredText(frame.seq)], 0);
    const segment = this.#segments.get(frame.segment);
    if (segment !== undefined) segment.left--;
    await this.sweep();
    this.#notify();
  }

  /** Removes segments all of whose entries are delivered. */
  async sweep(): Promise<void> {
    const done = [...this.#segments.values()].filter(({ left, sealed }) => left === 0 && sealed);
    if (done.length === 0) return;
    await this.#options.beforeRemoval();
    await this.#deliveredFile.datasync();
    for (const segment of done) await this.#remove(segment);
  }

  /** Makes durable how far delivery came, then closes. Entries stay. */
  async close(): Promise<void> {
    await this.#log.close();
    await this.#deliveredFile.datasync();
    await this.#deliveredFile.close();
  }

  async #remove(segment: Segment): Promise<void> {
    const { files, directory } = this.#options;
    await files.remove(`${directory}/${segment.name}`);
    this.#segments.delete(segment.firstSeq);
    const live = this.#log.segments.findIndex(({ firstSeq }) => firstSeq === segment.firstSeq);
    if (live >= 0) this.#log.segments.splice(live, 1);
  }

  #sealed(firstSeq: number): void {
    const segment = this.#segments.get(firstSeq);
    if (segment !== undefined) segment.sealed = true;
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

const deliveredText = (seq: number): Uint8Array => Buffer.from(`${String(seq).padStart(DELIVERED_BYTES - 1, '0')}\n`);

async function openDelivered(files: Files, directory: string): Promise<{ seq: number; file: OpenFile }> {
  const path = `${directory}/${DELIVERED}`;
  const known = await readWhole(files, path, 1024);
  // An unreadable number means that everything still on disk is sent again.
  const seq = known === undefined ? 0 : Number(/^(\d{19})\n$/.exec(Buffer.from(known).toString('latin1'))?.[1] ?? 0);
  if (known === undefined) await replaceFile(files, path, [deliveredText(0)]);
  return { seq, file: await files.open(path, 'write') };
}

/** Reads every segment once; tells headers, notes what is not delivered, removes segments that hold nothing more. */
async function scan(
  { files, directory, log, onFound }: DeliveryQueueOptions,
  deliveredSeq: number,
): Promise<{ segments: Map<number, Segment>; waiting: QueuedFrame[]; nextSeq: number }> {
  const segments = new Map<number, Segment>();
  const waiting: QueuedFrame[] = [];
  let nextSeq = deliveredSeq + 1;
  for (const name of await listSegments(files, directory)) {
    const segment: Segment = { ...name, left: 0, sealed: true };
    const path = `${directory}/${name.name}`;
    for await (const event of readSegment(files, path, name, { maxPayload: MAX_ENTRY_BYTES })) {
      if (event.kind !== 'frame') {
        if (event.kind === 'damage')
          log.error('a damaged part of the queue is lost', { path, bytes: event.end - event.start });
        continue;
      }
      const { frame } = event;
      onFound(frame.seq, entryOf(frame).header);
      nextSeq = Math.max(nextSeq, frame.seq + 1);
      if (frame.seq <= deliveredSeq) continue;
      segment.left++;
      const bytes = FRAME_HEADER_BYTES + frame.payload.length;
      waiting.push({
        seq: frame.seq,
        segment: name.firstSeq,
        offset: frame.offset,
        bytes,
        salt: name.salt,
        name: name.name,
      });
    }
    nextSeq = Math.max(nextSeq, name.firstSeq);
    segments.set(name.firstSeq, segment);
  }
  return { segments, waiting, nextSeq };
}

function entryOf({ payload }: Frame): { header: Uint8Array<ArrayBuffer>; body: Uint8Array<ArrayBuffer> } {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const length = payload.length < HEADER_LENGTH_BYTES ? 0 : view.getUint32(0, true);
  const end = Math.min(payload.length, HEADER_LENGTH_BYTES + length);
  return { header: payload.subarray(HEADER_LENGTH_BYTES, end), body: payload.subarray(end) };
}

/** Whether the disk, not the queue's own bound, is what is full. */
export const isDiskFull = (error: unknown): boolean =>
  (error instanceof AppendError && error.kind === 'full') || errorCode(error) === 'ENOSPC';
