import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogExpr, parse } from '@trilith/lang/logql';
import fc from 'fast-check';
import { labelsToRecord } from '../../model/labels.ts';
import { openStore, type Store, type StoreReader } from '../../store/index.ts';
import { createLogqlEngine, type LogqlEngine } from './engine.ts';
import { DATABASE, insertRows, insertStreams, type Row, row, SECOND, START, TRACE } from './generated_rows.ts';

/** A store with generated records, an engine that pushes down to it, and one that looks at every record. */
export interface GeneratedStore {
  readonly store: Store;
  readonly rows: readonly Row[];
  readonly pushed: LogqlEngine;
  readonly plain: LogqlEngine;
  close(): Promise<void>;
}

/** From the start of the rows to the next whole minute. */
const TO_MINUTE_MS = 37_000;
export const MINUTE_START = START + 37n * SECOND;

/** Unique (stream, time, line); some are late, some of those were sent before, and some came when a minute began. */
export async function openGeneratedStore(): Promise<GeneratedStore> {
  const directory = await mkdtemp(join(tmpdir(), 'logql-'));
  const store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  await insertStreams(store);
  const seen = new Set<string>();
  const rows = fc
    .sample(row, { numRuns: 3000, seed: 7 })
    .map((r, i) => (i % 9 === 0 ? { ...r, offsetMs: TO_MINUTE_MS + 60_000 * (i % 19) } : r))
    .filter((r) => {
      const key = `${r.stream} ${r.offsetMs} ${r.line}`;
      return !seen.has(key) && seen.add(key);
    });
  await insertRows(store, rows.slice(0, 1500), () => 0);
  await insertRows(store, rows.slice(1500), (i) => (i % 3 === 0 ? 1 : 0));
  const again = rows.filter((_, i) => i % 7 === 0);
  await insertRows(store, again, () => 1);
  await insertRows(store, again.slice(0, 50), () => 1);
  return {
    store,
    rows,
    pushed: createLogqlEngine({ reader: store.reader, database: DATABASE }),
    plain: createLogqlEngine({ reader: store.reader, database: DATABASE, withoutPushdown: true }),
    async close() {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export interface Shown {
  readonly labels: Record<string, string>;
  readonly points: readonly (number | null)[];
}

/** The series of a metric query over the twenty minutes of the rows, those without a point left out. */
export async function metric(
  engine: LogqlEngine,
  query: string,
  stepNs = 60n * SECOND,
  startNs = START,
): Promise<Shown[]> {
  const result = await engine.query({
    expr: parse(query),
    startNs,
    endNs: startNs + 1200n * SECOND,
    stepNs,
    direction: 'forward',
    limit: 100,
    instant: false,
  });
  assert.equal(result.kind, 'metric');
  if (result.kind !== 'metric' || result.value.kind !== 'matrix') return [];
  const shown = result.value.series.map((s) => ({
    labels: { ...labelsToRecord(s.labels) },
    points: Array.from(s.values, (v, i) => (s.present[i] === 1 ? Number(v.toPrecision(12)) : null)),
  }));
  return shown
    .filter((s) => s.points.some((p) => p !== null))
    .sort((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1));
}

export function logOf(query: string): LogExpr {
  const expr = parse(query);
  if (expr.kind !== 'log') throw new TypeError(`not a log query: ${query}`);
  return expr;
}

export interface FoundLine {
  readonly time: bigint;
  readonly line: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The lines of a log query over all of the rows. */
export async function lines(
  engine: LogqlEngine,
  query: string,
  limit = 5000,
  direction: 'forward' | 'backward' = 'backward',
): Promise<FoundLine[]> {
  const result = await engine.query({
    expr: parse(query),
    startNs: START,
    endNs: START + 1201n * SECOND,
    stepNs: SECOND,
    direction,
    limit,
    instant: false,
  });
  if (result.kind !== 'streams') throw new Error('not a log query');
  return result.answer.streams.flatMap((s) =>
    s.entries.map((e) => ({ time: e.timeNs, line: e.line, labels: labelsToRecord(s.labels) })),
  );
}

/** Lines with everything that is shown of them, in an order of their own. */
export const shape = (lines: readonly FoundLine[]): string[] =>
  lines.map((e) => `${e.time} ${e.line} ${JSON.stringify(Object.entries(e.labels).sort())}`).sort();

export const selector = fc.constantFrom(
  '{namespace="prod"}',
  '{service="payments-api"}',
  '{namespace=~".+"}',
  '{level="ERROR"}',
  '{pod=~"a|b"}',
  `{trace_id="${TRACE}"}`,
  '{app!="antifraud-service", namespace="prod"}',
  '{http_method="POST"}',
);
export const filter = fc.constantFrom(
  '',
  ' |= "card"',
  ' != "200"',
  ' |~ "[0-9]+"',
  ' !~ "(?i)ERROR"',
  ' |= "card" or "Ok"',
  ' != "y Hello World n"',
  ' != "declined by b"',
  ' |= "y Hello World n"',
  ' | level=~"error|warn"',
  ' | pod="a" or pod="b"',
  ' | request_id!=""',
  ' | service="payments-api"',
  ' | level!="info"',
  ' |~ "(?i)TIMEOUTERROR"',
  ' |= "Card" or "card"',
  ' |> "<_>card<_>"',
  ' !> "say <_>"',
  ' |= ip("10.0.0.1")',
  ' | json | __error__="" | status="500"',
  ' | json | status="500" or level="error" | __error__=""',
  ' | json | user="u1" | drop __error__, __error_details__',
  ' | json | status >= 500 | __error__=""',
  ' | json | user!="u1" | drop __error__, __error_details__',
  ' | json | http_method="GET" | drop __error__, __error_details__',
  ' | json | service="ledger" | drop __error__, __error_details__',
  ' | logfmt | pod="a"',
  ' | pattern "<word> <_>" | word="say"',
  ' | regexp "in (?P<ms>[0-9]+)ms" | ms="12"',
  ' | label_format x="{{.namespace}}" | x="prod"',
  ' | label_format pod="made" | pod="made"',
  ' | line_format "{{.pod}} card" |= "a card"',
  ' | drop pod | pod="a"',
  ' | keep namespace | level="error"',
  ' | http_method=~"(?i)get"',
);
export interface Asked {
  readonly text: string;
  readonly rowsRead: number;
}

/** A reader of the store, and what its statements cost. */
export function observedReader(store: Store): { readonly reader: StoreReader; readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const reader: StoreReader = {
    collect: (statement, options) => store.reader.collect(statement, options),
    async *query(statement, options) {
      const { blocks, cost } = await store.reader.collect(statement, options);
      asked.push({ text: statement.text, rowsRead: cost.rowsRead });
      yield* blocks;
    },
  };
  return { reader, asked };
}
