import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { openStore, type Store } from '../../store/index.ts';
import { RecentSpans } from '../recent_spans/recent_spans.ts';
import { createTenantSpans } from '../recent_spans/tenant_spans.ts';
import type { FoundTraceRow } from '../traces/found_traces.ts';
import { searchTraces } from '../traces/search.ts';
import { summarize } from '../traces/summary.ts';
import { spansOfTraces, type TraceStore } from '../traces/trace.ts';
import { compilePipeline } from './evaluate.ts';
import { filterText } from './filter_text.ts';
import { GENERATED_SECONDS, GENERATED_START_NS, generatedSpans } from './generated_spans.ts';
import { traceqlMetrics } from './metrics/evaluate_metrics.ts';
import type { TraceSeries } from './metrics/trace_series.ts';
import { parseSearch } from './search_query.ts';
import { traceTree } from './trace_tree.ts';

const DATABASE = 'traceql_push_test';
const FULL = process.env.TRILITH_TEST_FULL === '1';

let directory: string;
let store: Store;
let traces: TraceStore;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'traceql-push-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  // Memory that has no spans and remembers what the store answers.
  const recent = new RecentSpans(() => 0);
  recent.attach(0, GENERATED_START_NS * 2n);
  recent.loadedBefore(Date.now());
  traces = { reader: store.reader, query: { database: DATABASE }, recent };
  for (const statement of generatedSpans()) await store.writer.command(statement, { database: DATABASE });
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function ask(
  text: string,
  push: boolean,
  stepNs: bigint | undefined,
  seconds = GENERATED_SECONDS,
): Promise<readonly TraceSeries[]> {
  const endNs = GENERATED_START_NS + seconds * 1_000_000_000n;
  const range = { startNs: GENERATED_START_NS, endNs, stepNs };
  return (await traceqlMetrics(traces, { ...range, text, exemplars: 50, push })).series;
}

/** Labels and values, by labels. */
function shown(series: readonly TraceSeries[]): [labels: string, values: readonly number[]][] {
  return series
    .map(({ labels, values }): [string, readonly number[]] => [
      JSON.stringify(labels.map(([name, label]) => [name, label?.value])),
      [...values],
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Equal but for the last digits of sums, which depend on the order of adding. */
function assertEqual(actual: ReturnType<typeof shown>, expected: ReturnType<typeof shown>, message: string): void {
  assert.deepEqual(
    actual.map(([labels]) => labels),
    expected.map(([labels]) => labels),
    message,
  );
  actual.forEach(([labels, values], i) => {
    values.forEach((value, at) => {
      const other = expected[i]?.[1][at] ?? Number.NaN;
      const isEqual = Number.isNaN(value) ? Number.isNaN(other) : Math.abs(value - other) <= 1e-9 * Math.abs(other);
      assert.ok(isEqual, `${message}: ${value} for ${other} in ${labels}`);
    });
  });
}

const measure = fc.constantFrom(
  'rate()',
  'count_over_time()',
  'min_over_time(.n)',
  'max_over_time(duration)',
  'sum_over_time(span.n)',
  'avg_over_time(duration)',
  'avg_over_time(.n)',
  'quantile_over_time(duration, 0.5, 0.99)',
  'quantile_over_time(span.n, 0.9)',
  'histogram_over_time(duration)',
);
const grouping = fc.constantFrom(
  '',
  ' by (name)',
  ' by (status, kind)',
  ' by (resource.service.name)',
  ' by (.n)',
  ' by (span.w, resource.w)',
  ' by (.only)',
  ' by (statusMessage, .service.name)',
);
const step = fc.constantFrom(undefined, 60_000_000_000n, 7_000_000_000n);

test('what the store counts, and what is remembered of it, equals looking at every span', async () => {
  await fc.assert(
    fc.asyncProperty(filterText, measure, grouping, step, async (filter, function_, by, stepNs) => {
      const query = `{ ${filter} } | ${function_}${by}`;
      // Half of it is remembered when the whole is asked for.
      if (stepNs !== undefined) await ask(query, true, stepNs, GENERATED_SECONDS / 2n);
      const [pushed, looked] = [await ask(query, true, stepNs), await ask(query, false, stepNs)];
      assertEqual(shown(pushed), shown(looked), query);
    }),
    { numRuns: FULL ? 400 : 25, seed: 23 },
  );
});

test('exemplars from the store are spans that were selected, at most two of a series in a stretch', async () => {
  const [series] = await ask('{ .w = "x" && status = error } | max_over_time(duration)', true, 60_000_000_000n);
  const exemplars = series?.exemplars ?? [];
  assert.ok(exemplars.length > 0 && exemplars.length <= 2 * 6);
  const looked = await ask(
    `{ (${exemplars.map(({ spanId }) => `span:id = "${spanId}"`).join(' || ')}) && .w = "x" && status = error } | count_over_time() by (span:id)`,
    false,
    undefined,
  );
  assert.equal(looked.length, exemplars.length);
});

const END_NS = GENERATED_START_NS + GENERATED_SECONDS * 1_000_000_000n;

/** Pipelines over filters `#`: of single spans, and those where other spans decide. */
const pipeline = fc.constantFrom(
  '{ # }',
  '{ # }',
  '{ # } | select(span.w, status, .n)',
  '{ # } | { # }',
  '{ # } >> { # }',
  '{ # } !> { # }',
  '{ # } &>> { # }',
  '{ # } && { # }',
  '{ # } || { # }',
  '{ # } ~ { # }',
  '{ # } | by(.n) | count() > 1',
  '{ # } | max(duration) > 2s',
);

/** Spansets by trace: letters of nothing but ids, and what the query names of each span. */
function found(rows: readonly FoundTraceRow[]): string[] {
  return rows
    .map(({ traceId, spansets }) => {
      const sets = spansets.map(({ spans }) =>
        spans
          .map(({ spanId, kind, fields }) => {
            const named = fields.map(({ name, value }) => `${name}=${JSON.stringify(value)}`).sort();
            return `${spanId} ${kind} ${named.join(' ')}`;
          })
          .sort(),
      );
      return `${traceId} ${JSON.stringify(sets.sort())}`;
    })
    .sort();
}

test('searching with the store’s help finds what looking at every trace finds', async () => {
  const ids = Array.from({ length: 300 }, (_, i) => (i + 1).toString(16).padStart(32, '0'));
  const views = Array.from(await spansOfTraces(traces, ids), ([traceId, spans]) => ({
    tree: traceTree(spans),
    summary: summarize(traceId, spans),
  }));
  assert.equal(views.length, 300);
  const range = { startNs: GENERATED_START_NS, endNs: END_NS, limit: 1000 };
  await fc.assert(
    fc.asyncProperty(pipeline, filterText, filterText, async (shape, first, second) => {
      const text = shape.replace('#', () => first).replace('#', () => second);
      const traceql = parseSearch(text);
      const outlined = found((await searchTraces(traces, { ...range, traceql, outline: true })).traces);
      const whole = found((await searchTraces(traces, { ...range, traceql })).traces);
      assert.deepEqual(outlined, whole, text);
      const match = compilePipeline(traceql.stages, text);
      const expected = views.filter((view) => match(view).length > 0).map(({ summary }) => summary.traceId);
      assert.deepEqual(
        whole.map((row) => row.slice(0, 32)),
        expected.sort(),
        text,
      );
    }),
    { numRuns: FULL ? 300 : 12, seed: 29 },
  );
});

test('searching memory, filled from the store, and what lies below it finds what searching the store finds', async () => {
  const budgets = { all: 64 * 1024 * 1024, some: 150_000 };
  const memories = await Promise.all(
    Object.values(budgets).map(async (bytes) => {
      const spans = createTenantSpans({
        reader: store.reader,
        database: DATABASE,
        budgetBytes: () => bytes,
        nowMs: Date.now,
        onError: (error) => assert.fail(String(error)),
      });
      await spans.attach();
      return spans.recent;
    }),
  );
  const [all, some] = memories as [RecentSpans, RecentSpans];
  assert.ok(all.hasAll, 'all was read');
  const floor = some.floorNs ?? 0n;
  assert.ok(floor > GENERATED_START_NS && floor < END_NS - 65_000_000_000n, `the floor ${floor} is in the middle`);
  const plain: TraceStore = { reader: store.reader, query: { database: DATABASE } };
  const range = { startNs: GENERATED_START_NS, endNs: END_NS };
  await fc.assert(
    fc.asyncProperty(
      pipeline,
      filterText,
      filterText,
      fc.constantFrom(5, 40, 1000),
      fc.constantFrom(undefined, 2n),
      fc.constantFrom('newest', 'slowest'),
      async (shape, first, second, limit, part, order) => {
        const text = shape.replace('#', () => first).replace('#', () => second);
        const traceql = parseSearch(text);
        const startNs = part === undefined ? range.startNs : END_NS - (END_NS - range.startNs) / part;
        const search = { startNs, endNs: END_NS, traceql, limit, order } as const;
        const expected = await searchTraces(plain, search);
        for (const recent of memories) {
          const actual = await searchTraces({ ...plain, recent }, search);
          const outlined = await searchTraces({ ...plain, recent }, { ...search, outline: true });
          assert.deepEqual(found(actual.traces), found(expected.traces), text);
          assert.deepEqual(found(outlined.traces), found(expected.traces), text);
          assert.equal(actual.more, expected.more, text);
          const wholeOf = (rows: readonly FoundTraceRow[]) => rows.map(({ spansets, ...row }) => row);
          assert.deepEqual(wholeOf(actual.traces), wholeOf(expected.traces), text);
        }
      },
    ),
    { numRuns: FULL ? 300 : 15, seed: 31 },
  );
});

test('a trace of memory is the trace of the store, to the last field', async () => {
  const spans = createTenantSpans({
    reader: store.reader,
    database: DATABASE,
    budgetBytes: () => 64 * 1024 * 1024,
    nowMs: Date.now,
    onError: (error) => assert.fail(String(error)),
  });
  await spans.attach();
  const ids = Array.from({ length: 300 }, (_, i) => (i + 1).toString(16).padStart(32, '0'));
  const plain = await spansOfTraces({ reader: store.reader, query: { database: DATABASE } }, ids);
  const nowhere: TraceStore['reader'] = {
    // biome-ignore lint/correctness/useYield: nothing may be asked
    async *query() {
      assert.fail('the store was asked');
    },
    collect: async () => assert.fail('the store was asked'),
  };
  const recent = await spansOfTraces({ reader: nowhere, query: { database: DATABASE }, recent: spans.recent }, ids);
  // Attributes are decoded when they are looked at.
  const shown = (traces: typeof plain) =>
    [...traces]
      .sort()
      .map(([id, of]) => [
        id,
        of.map(({ attributes: { pairs, types }, ...span }) => ({ ...span, attributes: { pairs, types } })),
      ]);
  assert.deepEqual(shown(recent), shown(plain));
});
