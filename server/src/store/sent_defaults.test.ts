import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { AttributeSet, type AttributeTarget } from './columns/attributes.ts';
import { SpanBuilder, type SpanColumns } from './columns/spans.ts';
import { decodeBlocks } from './native/decode.ts';
import { batchIdTail, encodeBlock } from './native/encode.ts';
import { readRows } from './rows.ts';
import { trusted } from './sql.ts';
import { openStore, type Store } from './store.ts';
import { TABLES } from './tables.ts';

const NOW = Date.UTC(2026, 8, 1);
const PLACE = { database: 'sent_defaults' };
const SPANS = 400;

let directory: string;
let store: Store;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sent-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(PLACE.database);
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const attributes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'list', 'ключ'), fc.constantFrom(...'sssijon')), {
  maxLength: 4,
});
type Attributes = readonly (readonly [key: string, letter: string])[];
const span = fc.record({
  attributes,
  resource: attributes,
  scope: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: attributes }),
  events: fc.array(fc.tuple(fc.constantFrom('exception', 'retry', 'exceptional'), attributes), { maxLength: 3 }),
  links: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(attributes) }),
});

/** Writes attributes, and returns the letters of their types. */
function put(entries: Attributes, target: AttributeTarget): string {
  for (const [key, letter] of entries) {
    const bytes = Buffer.from(key);
    target.key(bytes, 0, bytes.length);
    target.text.appendText(letter === 'n' ? '' : `${letter}1`);
  }
  return entries.map(([, letter]) => letter).join('');
}

function append(
  columns: SpanColumns,
  number: number,
  one: typeof span extends fc.Arbitrary<infer T> ? T : never,
): void {
  columns.timestamp.append(number, 0x18f0_0000);
  columns.traceId.appendText(String(number).padStart(32, '0'));
  columns.spanId.appendText(String(number).padStart(16, '0'));
  for (const text of [columns.parentSpanId, columns.traceState, columns.statusMessage]) text.appendText('');
  for (const word of [columns.name, columns.serviceName, columns.scopeName, columns.scopeVersion]) word.appendText('x');
  for (const url of [columns.resourceSchemaUrl, columns.scopeSchemaUrl]) url.appendText('');
  columns.kind.appendIndex(1);
  columns.statusCode.appendIndex(0);
  columns.duration.append(1, 0);
  columns.size.append(1);
  columns.numbers.endRow();
  columns.attributeTypes.appendText(put(one.attributes, columns.attributes));
  columns.attributes.endRow();
  const resource = new AttributeSet();
  columns.resourceTypes.appendText(put(one.resource, resource.entries));
  columns.resourceAttributes.set(resource);
  columns.resourceAttributes.endRow();
  columns.scopeTypes.appendText(put(one.scope, columns.scopeAttributes));
  columns.scopeAttributes.endRow();
  for (const [name, entries] of one.events) {
    columns.eventTimestamp.append(1, 1);
    columns.eventName.appendText(name);
    columns.eventTypes.appendText(put(entries, columns.eventAttributes));
    columns.eventAttributes.endRow();
  }
  columns.eventOffsets.append(columns.eventName.rows);
  for (const entries of one.links) {
    for (const text of [columns.linkTraceId, columns.linkSpanId, columns.linkTraceState]) text.appendText('1');
    columns.linkTypes.appendText(put(entries, columns.linkAttributes));
    columns.linkAttributes.endRow();
  }
  columns.linkOffsets.append(columns.linkTraceId.rows);
}

const SENT = ['UnsureKeys', 'Exceptions'];

/** The block as versions wrote it that left these columns to the engine. */
function withoutSent(block: Uint8Array, rows: number): Uint8Array {
  const [found] = decodeBlocks(Buffer.concat([block, batchIdTail(rows, 1n)]));
  assert.ok(found);
  const kept = found.names.flatMap((name, i) => (name === 'batch_id' || SENT.includes(name) ? [] : [i]));
  const columns = kept.map((i) => [found.names[i] as string, found.types[i] as string] as const);
  const data = kept.flatMap((i) => found.columns[i] ?? []);
  return encodeBlock([...columns, ['batch_id', 'UInt64']], data, rows, { omitLast: true });
}

test('columns that come with spans hold what the engine would work out, and does for blocks without them', async () => {
  const builder = new SpanBuilder(SPANS, {});
  for (const [number, one] of fc.sample(span, { numRuns: SPANS, seed: 7 }).entries())
    append(builder.at(NOW), number, one);
  const [section] = builder.sections();
  assert.ok(section);
  const names = TABLES.otel_traces.map(([name]) => name);
  const blocks = [section.block, withoutSent(section.block, SPANS)];
  for (const [i, block] of blocks.entries())
    await store.writer.insert('otel_traces', names, [block, batchIdTail(SPANS, BigInt(i))], PLACE);
  const ask = async (statement: string): Promise<unknown> =>
    readRows((await store.writer.collect(trusted(statement), PLACE)).blocks)[0];
  const of = async (name: string): Promise<unknown> =>
    (
      (await ask(
        `SELECT default_expression FROM system.columns WHERE database = '${PLACE.database}' AND table = 'otel_traces' AND name = '${name}'`,
      )) as readonly unknown[]
    )[0];
  for (const [name, nothing] of [
    ['UnsureKeys', '[]'],
    ['Exceptions', '0'],
  ] as const) {
    const [wrong, some] = (await ask(
      `SELECT countIf(${name} != (${await of(name)})), countIf(${name} != ${nothing}) FROM otel_traces`,
    )) as readonly [bigint, bigint];
    assert.equal(Number(wrong), 0, name);
    assert.ok(Number(some) > 100 && Number(some) < 2 * SPANS, `${some} of ${name}`);
  }
});
