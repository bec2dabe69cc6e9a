import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { openStore, readSpanBlocks, type Store, sql } from '../../store/index.ts';
import { RecentSpans } from '../recent_spans/recent_spans.ts';
import { filterText } from '../traceql/filter_text.ts';
import { GENERATED_SECONDS, GENERATED_START_NS, generatedSpans } from '../traceql/generated_spans.ts';
import { traceqlMetrics } from '../traceql/metrics/evaluate_metrics.ts';
import type { TraceSeries } from '../traceql/metrics/trace_series.ts';
import { spanOperations, spanServices } from './operations.ts';
import { serviceMap } from './service_map.ts';
import { serviceSpans } from './service_spans.ts';
import { fieldNamed, tagNames, tagValues } from './tags.ts';
import type { TraceStore } from './trace.ts';

const DATABASE = 'range_parts_test';
const FULL = process.env.TRILITH_TEST_FULL === '1';
const SECOND = 1_000_000_000n;
const END_NS = GENERATED_START_NS + GENERATED_SECONDS * SECOND;
const RANGE = { startNs: GENERATED_START_NS, endNs: END_NS };

let directory: string;
let store: Store;
/** Without memory, with all in memory, and with what began in the second half. */
let stored: TraceStore;
let whole: TraceStore;
let half: TraceStore;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'range-parts-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  for (const statement of generatedSpans()) await store.writer.command(statement, { database: DATABASE });
  // Calls (some sides share an id), messages, databases and outside systems, some under older names, some under an empty one.
  await store.writer.command(
    sql`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, SpanAttributes, Duration, StatusCode, SampleWeight)
      WITH cityHash64(number, 'called') AS chance, intDiv(number, 4) AS trace,
        multiIf(number % 8 = 2, 'Client', number % 8 = 3, 'Server', ['Server', 'Client', 'Producer', 'Consumer', 'Internal'][chance % 5 + 1]) AS kind
      SELECT addMilliseconds(toDateTime64(1790000040, 9), trace * 1000 + number % 4), lower(leftPad(hex(trace + 5000), 32, '0')),
        lower(leftPad(hex(90000 + if(number % 8 = 3, number - 1, number)), 16, '0')),
        if(number % 4 = 0, '', lower(leftPad(hex(90000 + number - 1 - chance % 2), 16, '0'))), 'called', kind,
        ['shop', 'bank', '', 'mail'][intDiv(chance, 5) % 4 + 1] AS ServiceName,
        [map('db.system', 'pg'), map('db.system.name', '', 'db.system', 'my', 'db.name', 'books'), map('messaging.system', 'kafka'),
          map('messaging.system', 'kafka', 'messaging.destination', 'mails'), map('net.peer.name', 'far', 'peer.service', ''),
          map('http.host', 'bank'), map()][intDiv(chance, 20) % 7 + 1],
        1 + chance % 1000000, if(chance % 6 = 0, 'Error', 'Unset'), if(ServiceName = 'mail', 4, 1)
      FROM numbers(1200)`,
    { database: DATABASE },
  );
  stored = { reader: store.reader, query: { database: DATABASE } };
  whole = { ...stored, recent: await filled(GENERATED_START_NS) };
  half = { ...stored, recent: await filled(GENERATED_START_NS + 137n * SECOND) };
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

/** Memory of what began at a time and after it, as it is filled after a start. */
async function filled(fromNs: bigint): Promise<RecentSpans> {
  const recent = new RecentSpans(() => 64 * 1024 * 1024);
  recent.attach(0, END_NS);
  const options = { database: DATABASE };
  for (let floorNs = END_NS + 1n; floorNs > fromNs; floorNs = recent.floorNs ?? 0n) {
    const widthNs = floorNs - fromNs < 50n * SECOND ? floorNs - fromNs : 50n * SECOND;
    const task = recent.nextFill(widthNs, GENERATED_START_NS);
    assert.ok(task !== undefined);
    for await (const block of readSpanBlocks(store.reader, { ...task, limit: task.maxRows }, options)) task.add(block);
    task.finish();
  }
  return recent;
}

async function series(traces: TraceStore, text: string, stepNs: bigint | undefined): Promise<readonly TraceSeries[]> {
  return (await traceqlMetrics(traces, { ...RANGE, text, stepNs, exemplars: 20, fresh: true })).series;
}

/** Values by labels, numbers rounded: sums depend on the order of adding. */
function shown(found: readonly TraceSeries[]): readonly (readonly [labels: string, values: readonly string[]])[] {
  return found
    .map(({ labels, values }): [string, string[]] => [
      JSON.stringify(labels.map(([name, label]) => [name, label?.value])),
      Array.from(values, (value) => value.toPrecision(9)),
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

const measure = fc.constantFrom(
  'rate()',
  'min_over_time(.n)',
  'max_over_time(duration)',
  'sum_over_time(span.n)',
  'avg_over_time(.n)',
  'quantile_over_time(duration, 0.5, 0.99)',
  'quantile_over_time(span.n, 0.9)',
  'histogram_over_time(duration)',
);
const grouping = fc.constantFrom(
  '',
  ' by (name)',
  ' by (status, kind, resource.service.name)',
  ' by (.n)',
  ' by (span.w, resource.w)',
  ' by (.only)',
  ' by (statusMessage, .service.name, instrumentation:name)',
);
const step = fc.constantFrom(undefined, 60n * SECOND, 7n * SECOND);

test('metrics are the same from memory, from memory and the store, and from the store', async () => {
  await fc.assert(
    fc.asyncProperty(filterText, measure, grouping, step, async (filter, function_, by, stepNs) => {
      const query = `{ ${filter} } | ${function_}${by}`;
      const expected = shown(await series(stored, query, stepNs));
      assert.deepEqual(shown(await series(whole, query, stepNs)), expected, query);
      assert.deepEqual(shown(await series(half, query, stepNs)), expected, query);
    }),
    { numRuns: FULL ? 400 : 8, seed: 41 },
  );
});

test('exemplars from memory are spans that were selected', async () => {
  const [found] = await series(whole, '{ .w = "x" && status = error } | max_over_time(duration)', 60n * SECOND);
  const exemplars = found?.exemplars ?? [];
  assert.ok(exemplars.length > 0 && exemplars.length <= 2 * 6);
  const ids = exemplars.map(({ spanId }) => `span:id = "${spanId}"`).join(' || ');
  const looked = await series(stored, `{ (${ids}) && .w = "x" && status = error } | rate() by (span:id)`, undefined);
  assert.equal(looked.length, exemplars.length);
});

const FILTERS = ['', '{ resource.service.name = "bank" && .w = "x" }'];
/** An hour about the spans, so that whole stretches of five minutes are the same for all. */
const HOUR = { startNs: (GENERATED_START_NS / (3600n * SECOND)) * 3600n * SECOND, limit: 1000 };

test('names of attributes are the same from memory', async () => {
  for (const filter of FILTERS) {
    for (const scope of ['span', 'resource', 'event', 'link', 'instrumentation'] as const) {
      const query = { ...HOUR, endNs: END_NS, filter, fresh: true };
      const expected = await tagNames(stored, scope, query);
      for (const traces of [whole, half]) assert.deepEqual(await tagNames(traces, scope, query), expected, scope);
    }
  }
});

const FIELDS = ['span.n', '.w', 'resource.w', 'event.only', 'event:name', 'name', 'rootName', 'statusMessage'];

test('values of attributes are the same from memory', async () => {
  for (const filter of FILTERS) {
    for (const name of FIELDS) {
      const field = fieldNamed(name);
      assert.ok(field !== undefined);
      const query = { ...HOUR, ...RANGE, filter };
      const values = async (of: TraceStore): Promise<readonly string[]> => {
        const found = await tagValues(of, field, query);
        return found.kind === 'keywords'
          ? found.values
          : found.values.map(({ letter, value }) => letter + value).sort();
      };
      assert.deepEqual(await values(whole), await values(stored), name);
    }
  }
});

test('services, operations and requests are the same from memory', async () => {
  for (const traces of [whole, half]) {
    for (const range of [RANGE, { ...RANGE, endNs: GENERATED_START_NS + 40n * SECOND }]) {
      assert.deepEqual(await spanServices(traces, range, 100), await spanServices(stored, range, 100));
      for (const [service, kind] of [
        ['', ''],
        ['bank', ''],
        ['bank', 'server'],
        ['', 'unspecified'],
      ] as const) {
        const asked = { ...range, service, kind, limit: 100 };
        assert.deepEqual(await spanOperations(traces, asked), await spanOperations(stored, asked));
      }
    }
    for (const asked of [{ byOperation: true }, { byOperation: false, stepNs: 7n * SECOND, service: 'bank' }]) {
      const requests = async (of: TraceStore): Promise<readonly string[]> =>
        (await serviceSpans(of, { ...RANGE, ...asked }, stored.query))
          .map((one) => {
            // The store weighs what was stored twice by averages; its quantiles lie between values that stand for several spans.
            const figures = one.operation === 'called' ? [one.requests, one.errors] : [];
            if (one.operation === 'called' && one.service !== 'mail') figures.push(one.p50Ms, one.p95Ms);
            return [one.service, one.operation, one.bucket, ...figures, one.lastNs].join(' ');
          })
          .sort();
      assert.deepEqual(await requests(traces), await requests(stored));
    }
  }
});

test('who calls whom is the same from memory', async () => {
  const edges = async (of: TraceStore): Promise<readonly string[]> => {
    const map = await serviceMap(of, RANGE);
    assert.ok(['call', 'message', 'database'].every((kind) => map.edges.some((edge) => edge.kind === kind)));
    assert.ok(map.nodes.some(({ kind }) => kind === 'external'));
    return [
      // The store's quantiles lie between values where these stand for several spans.
      ...map.edges.map((edge) =>
        JSON.stringify([edge.from, edge.to].includes('mail') ? { ...edge, p50Ms: 0, p95Ms: 0 } : edge),
      ),
      ...map.nodes.map(({ id, kind, system, rate, errorRatio }) =>
        kind === 'service' ? id : [id, kind, system, rate.toPrecision(9), errorRatio.toPrecision(9)].join(' '),
      ),
    ].sort();
  };
  const expected = await edges(stored);
  assert.deepEqual(await edges(whole), expected);
  assert.deepEqual(await edges(half), expected);
});
