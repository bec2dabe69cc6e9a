import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Section, TableName } from '../model/section.ts';
import type { Day } from '../model/units.ts';
import { type Batchlet, decodeFrame, decodeFrameHead, encodeFrame } from './frame.ts';

const section: fc.Arbitrary<Section> = fc.record({
  table: fc.constantFrom<TableName>('series', 'samples', 'otel_logs', 'otel_traces', 'state'),
  partition: fc.integer({ min: 0, max: 99_991_231 }).map((day) => day as Day),
  rows: fc.integer({ min: 0, max: 1_000_000 }),
  block: fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
});
const frame: fc.Arbitrary<Batchlet> = fc.record({
  tenant: fc.stringMatching(/^[a-zа-я_]{1,40}$/),
  batchId: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  timeMs: fc.integer({ min: 0, max: 8_640_000_000_000_000 }),
  bodyHash: fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 }), { nil: undefined }),
  sections: fc.array(section, { maxLength: 6 }),
});
const payloadOf = (made: Batchlet): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(encodeFrame(made)));

test('a frame reads back as it was written', () => {
  fc.assert(
    fc.property(frame, (made) => {
      const read = decodeFrame(payloadOf(made));
      assert.deepEqual(JSON.stringify(read), JSON.stringify(made));
    }),
  );
});

test('a payload cut short or made longer is no frame, and none throws', () => {
  fc.assert(
    fc.property(frame, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (made, where) => {
      const payload = payloadOf(made);
      const cut = payload.slice(0, Math.floor(where * payload.length));
      assert.equal(decodeFrame(cut), undefined);
      assert.equal(decodeFrame(new Uint8Array([...payload, 0])), undefined);
      decodeFrameHead(cut);
    }),
  );
});

test('any bytes at all are decoded or refused, never a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void decodeFrame(new Uint8Array(bytes))),
    {
      numRuns: 2000,
    },
  );
});
