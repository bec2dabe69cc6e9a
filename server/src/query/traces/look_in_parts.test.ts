import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FoundSpan, FoundTraceRow } from './found_traces.ts';
import { type Look, lookInParts } from './look_in_parts.ts';

const ALL = { traces: Number.POSITIVE_INFINITY, spans: Number.POSITIVE_INFINITY };
const MOST = 100;

/** Traces of so many spans, of which `MOST` are read at once, and how often they were asked for. */
function world(sizes: readonly number[]) {
  const ids = sizes.map((_, i) => String(i));
  const row = (traceId: string): FoundTraceRow => ({
    traceId,
    rootServiceName: '',
    rootTraceName: '',
    rootArrived: true,
    startNs: 0n,
    durationNs: 0n,
    spans: 0,
    errors: 0,
    orphans: 0,
    services: [],
    spansets: [{ spans: new Array<FoundSpan>(sizes[Number(traceId)] ?? 0), attributes: [] }],
  });
  const asked = { times: 0 };
  const look: Look = async (part) => {
    asked.times++;
    const spans = part.reduce((sum, id) => sum + (sizes[Number(id)] ?? 0), 0);
    return spans >= MOST && part.length > 1 ? undefined : part.map(row);
  };
  return { ids, look, asked };
}

test('every trace is looked into once and in order, however large some are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.nat(5), fc.nat(200)), { maxLength: 40 }), async (sizes) => {
      const { ids, look, asked } = world(sizes);
      const { found, traces, spans } = await lookInParts(look, ids, ALL);
      assert.deepEqual(
        found.map(({ traceId }) => traceId),
        ids,
      );
      assert.equal(traces, ids.length);
      assert.equal(
        spans,
        sizes.reduce((sum, size) => sum + size, 0),
      );
      assert.ok(asked.times <= 2 * ids.length + Math.ceil(Math.log2(ids.length + 1)));
    }),
    { numRuns: 100 },
  );
});

test('traces that are read at once are asked for once', async () => {
  const { ids, look, asked } = world(new Array<number>(20).fill(1));
  assert.equal((await lookInParts(look, ids, ALL)).found.length, 20);
  assert.equal(asked.times, 1);
});

test('it ends when enough traces or spans were found, and says how far it came', async () => {
  const sizes = new Array<number>(20).fill(40);
  const byTraces = world(sizes);
  assert.equal((await lookInParts(byTraces.look, byTraces.ids, { ...ALL, traces: 3 })).traces, 4);
  const bySpans = world(sizes);
  const { found, traces, spans } = await lookInParts(bySpans.look, bySpans.ids, { ...ALL, spans: 150 });
  assert.deepEqual([found.length, traces, spans], [4, 4, 160]);
});
