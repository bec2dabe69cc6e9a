import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles } from './memory_files.ts';
import { encodeFrameHeader, encodeSegmentHeader, FRAME_HEADER_BYTES, SEGMENT_HEADER_BYTES } from './segment_frame.ts';
import { ForeignVersionError, listSegments, type ReadEvent, readSegment, segmentName } from './segment_reader.ts';

const SALT = 0x1234_5678;
const DIRECTORY = '/wal';
const NAME = segmentName(1, SALT);
const MAX_PAYLOAD = 1 << 20;

interface Made {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** [start, end) of each frame; its seq is its index + 1. */
  readonly frames: readonly { readonly start: number; readonly end: number }[];
}

function payload(seq: number): Uint8Array {
  return Uint8Array.from({ length: 20 + ((seq * 37) % 90) }, (_, i) => (seq * 31 + i * 7) & 0xff);
}

function makeSegment(count: number, salt = SALT, firstSeq = 1): Made {
  const chunks: Uint8Array[] = [encodeSegmentHeader({ salt, firstSeq, createdMs: 1_700_000_000_000 })];
  const frames: { start: number; end: number }[] = [];
  let at = SEGMENT_HEADER_BYTES;
  for (let seq = firstSeq; seq < firstSeq + count; seq++) {
    const body = payload(seq);
    chunks.push(encodeFrameHeader(salt, seq, 1, [body]), body);
    frames.push({ start: at, end: at + FRAME_HEADER_BYTES + body.length });
    at += FRAME_HEADER_BYTES + body.length;
  }
  return { bytes: new Uint8Array(Buffer.concat(chunks)), frames };
}

async function read(bytes: Uint8Array, windowBytes = 256): Promise<ReadEvent[]> {
  const files = new MemoryFiles();
  files.put(`${DIRECTORY}/${NAME}`, bytes);
  const [segment] = await listSegments(files, DIRECTORY);
  assert.ok(segment !== undefined);
  const events: ReadEvent[] = [];
  const options = { maxPayload: MAX_PAYLOAD, windowBytes };
  for await (const event of readSegment(files, `${DIRECTORY}/${NAME}`, segment, options)) events.push(event);
  return events;
}

/** The frames found, each checked to be exactly what was written. */
function seqs(events: readonly ReadEvent[]): number[] {
  return events.flatMap((event) => {
    if (event.kind !== 'frame') return [];
    assert.deepEqual(new Uint8Array(event.frame.payload), payload(event.frame.seq));
    return [event.frame.seq];
  });
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

test('a whole segment reads back, whatever the window', async () => {
  const { bytes } = makeSegment(40);
  for (const window of [64, 100, 256, 4096, 1 << 20]) assert.deepEqual(seqs(await read(bytes, window)), range(1, 40));
});

test('truncated at every byte: every frame before the cut is there and the end is a torn frame', async () => {
  const { bytes, frames } = makeSegment(40);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const events = await read(bytes.subarray(0, cut));
    const whole = frames.filter((frame) => frame.end <= cut).length;
    assert.deepEqual(seqs(events), range(1, whole), `cut at ${cut}`);
    const rest = events.filter((event) => event.kind !== 'frame');
    const atBoundary = cut === 0 || cut === SEGMENT_HEADER_BYTES || frames.some((frame) => frame.end === cut);
    assert.deepEqual(
      rest.map((event) => event.kind),
      atBoundary ? (cut === SEGMENT_HEADER_BYTES ? rest.map((e) => e.kind) : []) : ['torn'],
      `cut at ${cut}`,
    );
  }
});

test('any single flipped bit costs at most the frame it is in', async () => {
  const { bytes, frames } = makeSegment(12);
  let cases = 0;
  for (let at = 0; at < bytes.length; at++) {
    const frame = frames.findIndex(({ start, end }) => at >= start && at < end);
    const inHeader = frame < 0 || at < (frames[frame]?.start ?? 0) + FRAME_HEADER_BYTES;
    for (const bit of inHeader ? [0, 1, 2, 3, 4, 5, 6, 7] : [at & 7]) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
      const events = await read(damaged);
      const expected = frame < 0 ? range(1, 12) : [...range(1, frame), ...range(frame + 2, 12)];
      assert.deepEqual(seqs(events), expected, `byte ${at} bit ${bit}`);
      if (at >= SEGMENT_HEADER_BYTES) {
        const bad = events.flatMap((event) => (event.kind === 'frame' ? [] : [[event.start, event.end]]));
        assert.deepEqual(bad, [[frames[frame]?.start, frames[frame]?.end]]);
      }
      cases++;
    }
  }
  assert.ok(cases > 3000, `${cases} cases`);
});

test('a zero-filled tail is torn, not damage, and hides no frame', async () => {
  const { bytes } = makeSegment(10);
  for (const zeros of [1, 7, 28, 511, 4096, 100_000]) {
    const events = await read(new Uint8Array(Buffer.concat([bytes, new Uint8Array(zeros)])));
    assert.deepEqual(seqs(events), range(1, 10));
    assert.deepEqual(
      events.filter((event) => event.kind !== 'frame').map((event) => event.kind),
      ['torn'],
    );
  }
});

test('any run of bytes overwritten, removed or repeated costs only the frames it touches', async () => {
  const { bytes, frames } = makeSegment(30);
  let state = 42;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
  for (let round = 0; round < 1500; round++) {
    const start = SEGMENT_HEADER_BYTES + random(bytes.length - SEGMENT_HEADER_BYTES);
    const length = 1 + random(200);
    const end = Math.min(bytes.length, start + length);
    const pieces = [
      [bytes.subarray(0, start), Uint8Array.from({ length: end - start }, () => random(256)), bytes.subarray(end)],
      [bytes.subarray(0, start), bytes.subarray(end)],
      [bytes.subarray(0, end), bytes.subarray(start)],
    ][round % 3] as Uint8Array[];
    const found = new Set(seqs(await read(new Uint8Array(Buffer.concat(pieces)))));
    frames.forEach((frame, i) => {
      // A repeat leaves every frame whole somewhere unless the seam lies in it.
      const touched = frame.start < end && frame.end > start;
      if (!touched) assert.ok(found.has(i + 1), `round ${round}: frame ${i + 1} lost`);
    });
  }
});

test('a length field of 2 GiB is damage, not an allocation', async () => {
  const { bytes, frames } = makeSegment(5);
  for (const length of [0x7fff_ffff, 0xffff_ffff, MAX_PAYLOAD + 1, MAX_PAYLOAD]) {
    const damaged = bytes.slice();
    new DataView(damaged.buffer).setUint32((frames[2]?.start ?? 0) + 12, length, true);
    const before = process.memoryUsage().arrayBuffers;
    const events = await read(damaged);
    assert.deepEqual(seqs(events), [1, 2, 4, 5]);
    assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 1024 * 1024);
  }
});

test('a frame that a sender hid inside a payload is never taken for one', async () => {
  const forged = payload(99);
  const inner = new Uint8Array(Buffer.concat([encodeFrameHeader(SALT + 1, 99, 1, [forged]), forged]));
  const chunks = [
    encodeSegmentHeader({ salt: SALT, firstSeq: 1, createdMs: 0 }),
    encodeFrameHeader(SALT, 1, 1, [inner]),
    inner,
  ];
  const bytes = new Uint8Array(Buffer.concat(chunks));
  bytes[SEGMENT_HEADER_BYTES + 9] = (bytes[SEGMENT_HEADER_BYTES + 9] ?? 0) ^ 1;
  const events = await read(bytes);
  assert.deepEqual(
    events.map((event) => event.kind),
    ['damage'],
  );
});

test('a segment of another format version is refused by name', async () => {
  const { bytes } = makeSegment(3);
  const foreign = encodeSegmentHeader({ salt: SALT, firstSeq: 1, createdMs: 0 });
  new DataView(foreign.buffer).setUint32(4, 2, true);
  const { crc32c } = await import('@node-rs/crc32');
  new DataView(foreign.buffer).setUint32(60, crc32c(foreign.subarray(0, 60)), true);
  await assert.rejects(read(new Uint8Array(Buffer.concat([foreign, bytes.subarray(64)]))), ForeignVersionError);
});

test('files whose contents were swapped are read in the order of their headers', async () => {
  const files = new MemoryFiles();
  const a = makeSegment(3, 7, 1);
  const b = makeSegment(3, 9, 4);
  files.put(`${DIRECTORY}/${segmentName(1, 7)}`, b.bytes);
  files.put(`${DIRECTORY}/${segmentName(4, 9)}`, a.bytes);
  const found: number[] = [];
  for (const segment of await listSegments(files, DIRECTORY)) {
    const path = `${DIRECTORY}/${segment.name}`;
    for await (const event of readSegment(files, path, segment, { maxPayload: MAX_PAYLOAD })) {
      if (event.kind === 'frame') found.push(event.frame.seq);
    }
  }
  assert.deepEqual(found, range(1, 6));
});
