import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { tempoRoutes } from '../api/tempo/index.ts';
import { DEFAULT_DECODE_LIMITS } from '../model/decode_limits.ts';
import { createMapInterner } from '../model/map_interner.ts';
import type { Section } from '../model/section.ts';
import { createTenantSpans, parseSearch, searchTraces, type TenantSpans, type TraceStore } from '../query/index.ts';
import { decodeOtlpTracesProtobuf } from '../receive/otlp/index.ts';
import { batchIdTail, openStore, type Store, sql, TABLES } from '../store/index.ts';

/** Traces that come in and go out again, from the store, from memory, and from both: nothing of OTLP is lost on the way. */

const DATABASE = 'spans_whole';
const NOW = Date.UTC(2026, 10, 22, 12);
const SEED = 22;

/** opentelemetry-proto 1.x, by its field numbers: an encoder and a decoder that are not ours. */
const PROTO = `syntax = "proto3";
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message TracesData { repeated ResourceSpans resource_spans = 1; }
message TraceByIDResponse { TracesData trace = 1; uint32 status = 3; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; uint32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  uint32 dropped_attributes_count = 10; repeated Event events = 11; uint32 dropped_events_count = 12;
  repeated Link links = 13; uint32 dropped_links_count = 14; Status status = 15; fixed32 flags = 16;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Link { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4; uint32 dropped_attributes_count = 5; fixed32 flags = 6; }
message Status { string message = 2; uint32 code = 3; }`;
const { root } = protobuf.parse(PROTO);
const TRACES = root.lookupType('TracesData');
const ANSWER = root.lookupType('TraceByIDResponse');

interface GivenSpan {
  readonly traceId: Uint8Array;
  readonly [field: string]: unknown;
}

interface GivenResource {
  readonly resource: unknown;
  readonly schemaUrl: string;
  readonly scopeSpans: readonly { readonly scope: unknown; readonly schemaUrl: string; readonly spans: GivenSpan[] }[];
}

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.constantFrom('', '1', 'true', '{}', '[1'),
);
const count = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(1000) });
const { value: anyValue } = fc.letrec<{ readonly value: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    word.map((stringValue) => ({ stringValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ intValue: String(value) })),
    fc.double().map((doubleValue) => ({ doubleValue })),
    fc.integer().map((doubleValue) => ({ doubleValue })),
    fc.uint8Array({ maxLength: 6 }).map((bytesValue) => ({ bytesValue })),
    fc.constant({}),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
    fc
      .array(fc.record({ key: word, value: tie('value') }), { maxLength: 3 })
      .map((values) => ({ kvlistValue: { values } })),
  ),
}));
const attributes = fc.array(fc.record({ key: word, value: anyValue }), { maxLength: 4 });
const id = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).filter((bytes) => bytes.some((byte) => byte !== 0));
const dropped = { droppedAttributesCount: count };
const time = fc.bigInt({ min: -1_000_000_000n, max: 1_000_000_000n }).map((ns) => BigInt(NOW) * 1_000_000n + ns);
const event = fc.record({ timeUnixNano: time.map(String), name: word, attributes, ...dropped });
const link = fc.record({ traceId: id(16), spanId: id(8), traceState: word, attributes, flags: count, ...dropped });
const TRACE_IDS = [1, 2, 3, 4, 5, 6].map((n) => Buffer.alloc(16, n * 17));

const span = fc
  .record({
    traceId: fc.constantFrom(...TRACE_IDS),
    spanId: id(8),
    parentSpanId: fc.oneof(fc.constant(new Uint8Array(0)), id(8)),
    traceState: word,
    name: word,
    kind: fc.integer({ min: 0, max: 5 }),
    start: time,
    duration: fc.bigInt({ min: 0n, max: 10n ** 11n }),
    attributes,
    events: fc.array(event, { maxLength: 3 }),
    links: fc.array(link, { maxLength: 2 }),
    status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: word }),
    flags: count,
    droppedEventsCount: count,
    droppedLinksCount: count,
    ...dropped,
  })
  .map(
    ({ start, duration, ...fields }): GivenSpan => ({
      ...fields,
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + duration),
    }),
  );
const scopeSpans = fc.record({
  scope: fc.record({ name: word, version: word, attributes, ...dropped }),
  schemaUrl: word,
  spans: fc.array(span, { minLength: 1, maxLength: 6 }),
});
const resourceSpans: fc.Arbitrary<GivenResource> = fc.record({
  resource: fc.record({ attributes, ...dropped }),
  schemaUrl: word,
  scopeSpans: fc.array(scopeSpans, { minLength: 1, maxLength: 3 }),
});

/** What must come out: each span with all it was sent in, as text, in order of that text. */
function facts(resources: readonly GivenResource[]): string[] {
  return resources
    .flatMap(({ resource, schemaUrl, scopeSpans: scopes }) =>
      scopes.flatMap(({ scope, schemaUrl: scopeUrl, spans }) =>
        spans.map((one) => JSON.stringify({ resource, schemaUrl, scope, scopeUrl, one })),
      ),
    )
    .sort();
}

const PLAIN = { longs: String, bytes: String, defaults: true, arrays: true, json: true } as const;

function plain(type: protobuf.Type, bytes: Uint8Array): unknown {
  return type.toObject(type.decode(bytes), PLAIN);
}

function ofTrace(resources: readonly GivenResource[], traceId: string): GivenResource[] {
  return resources.map((one) => ({
    ...one,
    scopeSpans: one.scopeSpans.map((scope) => ({
      ...scope,
      spans: scope.spans.filter((given) => Buffer.from(given.traceId as never, 'base64').toString('hex') === traceId),
    })),
  }));
}

let directory: string;
let store: Store;
/** Requests as they are sent, and what they say read by the other decoder. */
const requests = fc
  .sample(fc.array(resourceSpans, { minLength: 1, maxLength: 3 }), { numRuns: 12, seed: SEED })
  .map((given) => Uint8Array.from(TRACES.encode(TRACES.fromObject({ resourceSpans: given })).finish()));
const sent = requests.flatMap((body) => (plain(TRACES, body) as { resourceSpans: GivenResource[] }).resourceSpans);
const sections = requests.map((body) => {
  const context = {
    nowMs: NOW,
    limits: DEFAULT_DECODE_LIMITS,
    series: createMapInterner(),
    streams: createMapInterner(),
  };
  return decodeOtlpTracesProtobuf(body, context, undefined).sections;
});

async function insert(ofRequests: readonly (readonly Section[])[]): Promise<void> {
  for (const { table, rows, block } of ofRequests.flat()) {
    const names = TABLES[table].map(([name]) => name);
    await store.writer.insert(table, names, [block, batchIdTail(rows, 1n)], { database: DATABASE });
  }
}

async function empty(): Promise<void> {
  for (const table of [sql`otel_traces`, sql`otel_traces_trace_id_ts`])
    await store.writer.command(sql`TRUNCATE TABLE ${table} SYNC`, { database: DATABASE });
}

/** @param sinceMs when it began to listen */
function memory(ofRequests: readonly (readonly Section[])[], sinceMs = NOW): TenantSpans {
  const spans = createTenantSpans({
    reader: store.reader,
    database: DATABASE,
    budgetBytes: () => 1e9,
    nowMs: () => sinceMs,
    onError: (error) => assert.fail(String(error)),
  });
  for (const section of ofRequests.flat()) if (section.table === 'otel_traces') spans.recent.append(section, NOW);
  return spans;
}

const storeWith = (spans: TenantSpans | undefined): TraceStore => ({
  reader: store.reader,
  query: { database: DATABASE },
  ...(spans === undefined ? {} : { recent: spans.recent }),
});

async function answer(traces: TraceStore, path: string, traceId: string): Promise<Uint8Array> {
  const route = tempoRoutes({ storeOf: () => traces, now: () => NOW }).find((one) => one.path === path);
  const response = await route?.handler({
    method: 'GET',
    path,
    params: { id: traceId },
    query: new URLSearchParams(),
    headers: { accept: 'application/protobuf' },
    body: new Uint8Array(),
    tenant: DATABASE,
    signal: new AbortController().signal,
  });
  assert.equal(response?.status, 200, String(response?.body));
  assert.ok(response?.body instanceof Uint8Array);
  return response.body;
}

/** Says the first difference only: there are hundreds of spans. */
function same(actual: readonly string[], expected: readonly string[]): void {
  const at = expected.findIndex((fact, i) => fact !== actual[i]);
  assert.equal(actual[at], expected[at]);
  assert.equal(actual.length, expected.length);
}

async function comesOutWhole(traces: TraceStore): Promise<void> {
  for (const traceId of TRACE_IDS.map((bytes) => bytes.toString('hex'))) {
    const expected = facts(ofTrace(sent, traceId));
    const v1 = plain(TRACES, await answer(traces, '/tempo/api/traces/:id', traceId)) as {
      resourceSpans: GivenResource[];
    };
    same(facts(v1.resourceSpans), expected);
    const v2 = plain(ANSWER, await answer(traces, '/tempo/api/v2/traces/:id', traceId)) as {
      trace: { resourceSpans: GivenResource[] };
    };
    same(facts(v2.trace.resourceSpans), expected);
  }
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spans-whole-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

test('a trace comes out of memory as it went in, before the store has any of it', async () => {
  const spans = memory(sections, NOW - 3_600_000);
  await comesOutWhole(storeWith(spans));
  await spans.attach();
  await comesOutWhole(storeWith(spans));
});

test('a trace comes out of the store as it went in', async () => {
  await insert(sections);
  await comesOutWhole(storeWith(undefined));
});

test('a trace that is partly loaded, partly not, and partly both comes out once', async () => {
  await empty();
  await insert(sections.slice(0, 8));
  const spans = memory(sections.slice(4));
  await comesOutWhole(storeWith(spans));
  await spans.attach();
  await comesOutWhole(storeWith(spans));
});

test('requests sent twice show every span once', async () => {
  await empty();
  await insert([...sections, ...sections.slice(0, 6)]);
  await comesOutWhole(storeWith(undefined));
  await comesOutWhole(storeWith(memory(sections)));
});

const QUERIES = [
  '{}',
  '{ status = error }',
  '{ kind = server && duration > 20s }',
  '{ duration < 1s }',
  '{ name =~ "[a-z].*" }',
  '{ .true != nil }',
  '{ span.1 = "true" || resource.1 > 0 }',
  '{ span.true = "" }',
  '{ status = ok } && { kind = client }',
  '{ status != ok } | count() > 20',
];

test('a search finds the same in memory, in the store and in both', async () => {
  const range = { startNs: BigInt(NOW - 800) * 1_000_000n, endNs: BigInt(NOW + 500) * 1_000_000n, limit: 20 };
  const search = async (traces: TraceStore): Promise<unknown> =>
    Promise.all(
      QUERIES.map(async (text) => {
        const { traces: found } = await searchTraces(traces, { ...range, traceql: parseSearch(text) });
        return [
          text,
          found.map(({ traceId, spans, errors, spansets }) => [
            traceId,
            spans,
            errors,
            spansets.map((set) => set.spans.length),
          ]),
        ];
      }),
    );
  await empty();
  const recent = memory(sections, NOW - 3_600_000);
  await recent.attach();
  const inMemory = await search(storeWith(recent));
  await insert(sections);
  const stored = await search(storeWith(undefined));
  assert.deepEqual(inMemory, stored);
  assert.deepEqual(await search(storeWith(recent)), stored);
  assert.deepEqual(await search(storeWith(memory(sections.slice(6)))), stored);
  assert.ok(JSON.stringify(stored).length > 1000, 'the queries find something');
});
