import type { Files } from '../base/files.ts';
import { FRAME_HEADER_BYTES, SEGMENT_HEADER_BYTES } from '../base/segment_frame.ts';
import { ForeignVersionError, readSegment, type SegmentName } from '../base/segment_reader.ts';
import type { LogRange } from './backlog.ts';
import type { LogPosition } from './checkpoint.ts';
import { type DamageReport, isMissing } from './damage.ts';
import { type Batchlet, decodeFrame, FRAME_SECTIONS } from './frame.ts';
import { SequenceTracker } from './sequence.ts';

/** A batch read from the log again. */
export interface ReadBatch {
  readonly id: number;
  readonly frames: readonly Batchlet[];
  readonly bytes: number;
  /** Right behind its last frame. */
  readonly end: LogPosition;
}

export interface BatchReaderOptions {
  readonly files: Files;
  readonly directory: string;
  readonly maxPayload: number;
  readonly damage: DamageReport;
}

interface Growing {
  readonly id: number;
  readonly frames: Batchlet[];
  bytes: number;
  end: LogPosition;
}

/**
 * The batches of a range of the log, in order, one in memory at a time. Damage, repeats and missing frames are reported
 * and passed over. Throws file errors (but a segment that is gone is only missing frames).
 * @param segments oldest first; must cover the range
 */
export async function* readBatches(
  options: BatchReaderOptions,
  segments: readonly SegmentName[],
  range: LogRange,
): AsyncGenerator<ReadBatch> {
  const sequence = new SequenceTracker(range.from.seq);
  let growing: Growing | undefined;
  for (const segment of segments) {
    if (segment.firstSeq < range.from.segment || segment.firstSeq > range.to.segment) continue;
    for await (const { frame, end, bytes } of readFramesOf(options, segment, range, sequence)) {
      if (growing !== undefined && growing.id !== frame.batchId) {
        yield growing;
        growing = undefined;
      }
      growing ??= { id: frame.batchId, frames: [], bytes: 0, end };
      growing.frames.push(frame);
      growing.bytes += bytes;
      growing.end = end;
    }
  }
  if (growing !== undefined) yield growing;
  const missing = sequence.missing + Math.max(0, range.to.seq - sequence.next);
  if (missing > 0) options.damage.lost(missing, range.from.seq - 1);
}

async function* readFramesOf(
  options: BatchReaderOptions,
  segment: SegmentName,
  range: LogRange,
  sequence: SequenceTracker,
): AsyncGenerator<{ readonly frame: Batchlet; readonly end: LogPosition; readonly bytes: number }> {
  const { files, directory, maxPayload, damage } = options;
  const first = segment.firstSeq === range.from.segment && range.from.offset > SEGMENT_HEADER_BYTES;
  const last = segment.firstSeq === range.to.segment;
  const reading = readSegment(files, `${directory}/${segment.name}`, segment, {
    maxPayload,
    ...(first ? { from: range.from.offset } : {}),
    ...(last ? { to: range.to.offset } : {}),
  });
  try {
    for await (const event of reading) {
      if (event.kind !== 'frame') {
        await damage.range(segment.name, event.start, event.end);
        continue;
      }
      const { offset, seq, type, payload } = event.frame;
      const bytes = FRAME_HEADER_BYTES + payload.length;
      if (!sequence.see(seq)) {
        damage.repeated(seq);
        continue;
      }
      const frame = type === FRAME_SECTIONS ? decodeFrame(payload) : undefined;
      if (frame === undefined) await damage.range(segment.name, offset, offset + bytes);
      else yield { frame, end: { segment: segment.firstSeq, offset: offset + bytes, seq: seq + 1 }, bytes };
    }
  } catch (error) {
    if (error instanceof ForeignVersionError) damage.foreign(segment.name, error);
    else if (!isMissing(error)) throw error;
  }
}
