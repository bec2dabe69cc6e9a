import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProtobufReader } from '../../../server/src/base/protobuf.ts';
import type { DatasetInfo } from './dataset.ts';
import { generateTraces, type TracesFacts } from './traces.ts';

const TO_MS = Date.UTC(2026, 10, 22);
const OPTIONS = { services: 15, traces: 300, fromMs: TO_MS - 3_600_000, toMs: TO_MS, spansPerRequest: 100 };

function made(seed: number): { readonly facts: TracesFacts; readonly bodies: readonly Uint8Array<ArrayBuffer>[] } {
  const bodies: Uint8Array<ArrayBuffer>[] = [];
  let records = 0;
  let rawBytes = 0;
  const finish = (): DatasetInfo => ({ requests: bodies.length, records, rawBytes });
  const add = (body: Uint8Array, count: number, raw: number): void => {
    bodies.push(new Uint8Array(body));
    records += count;
    rawBytes += raw;
  };
  return { facts: generateTraces({ seed, ...OPTIONS }, { add, finish }), bodies };
}

/** The messages of field `number` in a message. */
function messages(bytes: Uint8Array<ArrayBuffer>, number: number): Uint8Array<ArrayBuffer>[] {
  const reader = new ProtobufReader(bytes);
  const found: Uint8Array<ArrayBuffer>[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === number * 8 + 2) found.push(reader.slice());
    else reader.skip(tag);
  }
  return found;
}

describe('traces for the benchmark', () => {
  test('the same seed makes the same bytes, another seed others', () => {
    const [first, again, other] = [made(1), made(1), made(2)];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first.bodies[0], other.bodies[0]);
  });

  test('spans have 12 attributes, their resources 6, and requests as many spans as wanted', () => {
    const { facts, bodies } = made(1);
    const spansOf = (body: Uint8Array<ArrayBuffer>) =>
      messages(body, 1).flatMap((one) => messages(one, 2).flatMap((scope) => messages(scope, 2)));
    for (const body of bodies.slice(0, -1)) assert.equal(spansOf(body).length, OPTIONS.spansPerRequest);
    const spans = bodies.flatMap(spansOf);
    assert.equal(spans.length, facts.info.records);
    for (const span of spans) assert.equal(messages(span, 9).length, 12);
    for (const one of messages(bodies[0] as Uint8Array<ArrayBuffer>, 1)) {
      assert.equal(messages(messages(one, 1)[0] as Uint8Array<ArrayBuffer>, 1).length, 6);
    }
    assert.ok(spans.length > OPTIONS.traces * 8 && spans.length < OPTIONS.traces * 14, `${spans.length} spans`);
  });

  test('the trace ids that queries ask for are in the data, every parent is a span of the same trace', () => {
    const { facts, bodies } = made(1);
    const idsByTrace = new Map<string, Set<string>>();
    const parents: (readonly [trace: string, parent: string])[] = [];
    const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? new Uint8Array(0)).toString('hex');
    for (const body of bodies) {
      for (const span of messages(body, 1).flatMap((one) => messages(one, 2).flatMap((scope) => messages(scope, 2)))) {
        const trace = hex(messages(span, 1)[0]);
        const ids = idsByTrace.get(trace) ?? new Set();
        ids.add(hex(messages(span, 2)[0]));
        idsByTrace.set(trace, ids);
        const [parent] = messages(span, 4);
        if (parent !== undefined) parents.push([trace, hex(parent)]);
      }
    }
    assert.equal(idsByTrace.size, OPTIONS.traces);
    assert.equal(facts.someTraceIds.length, 20);
    for (const id of facts.someTraceIds) assert.ok(idsByTrace.has(id), id);
    for (const [trace, parent] of parents) assert.ok(idsByTrace.get(trace)?.has(parent), `${parent} of ${trace}`);
  });
});
