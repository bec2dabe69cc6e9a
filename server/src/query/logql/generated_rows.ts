import fc from 'fast-check';
import { type Labels, labelsFrom } from '../../model/labels.ts';
import type { Section } from '../../model/section.ts';
import { batchIdTail, type Column, encodeBlock, type Store, TABLES } from '../../store/index.ts';

/** Generated records for tests of the engine over a real store. */

export const DATABASE = 'logql_test';
export const SECOND = 1_000_000_000n;
/** A moment of 2026 that is no multiple of five minutes, so that windows cross buckets of the key. */
export const START = 1_790_000_123n * SECOND;

export interface Row {
  readonly stream: number;
  readonly offsetMs: number;
  readonly line: string;
  readonly severity: string;
  readonly traceId: string;
  readonly requestId: string;
  readonly attributes: Labels;
}

const STREAMS: readonly Labels[] = [
  labelsFrom([
    ['service', 'payments-api'],
    ['namespace', 'prod'],
    ['level', 'error'],
  ]),
  labelsFrom([
    ['service', 'payments-api'],
    ['namespace', 'prod'],
  ]),
  labelsFrom([
    ['app', 'antifraud-service'],
    ['namespace', 'prod'],
  ]),
  labelsFrom([
    ['job', 'ledger'],
    ['namespace', 'dev'],
  ]),
];
const SERVICES = ['payments-api', 'payments-api', 'antifraud-service', 'ledger'];
const LINES = [
  'say Hello World now',
  'card_declined by bank',
  'TimeoutError: antifraud',
  'Ok 200 in 12ms',
  '{"status":500,"user":"u1"}',
  '{"user-id":"u2","status":"404","level":"warn"}',
  '{"user":{"id":"n1"},"status":1}',
  '{"status":"","user":null}',
  '{"user_id":"a\\u0031","level":"ERROR"}',
  '{"user_id": "u3", "status": [1, 2], "level":"error"}',
  ' { "status" : 7 , "http_method":"PUT", "pod":"in line"}',
  '{"status":5',
  '{"status":01,"user":"u4"}',
  '{"status":-0.5e3,"user":"{"}',
  '{ "user" : "user-id, status" , "status":12 }',
  '{"a":"status","b":"user_id","level":"info"}',
  '{"status":503,"msg":"the status of /status is odd","user":"u1"}',
  '{" status":9,"user":"u1"}',
  '{"status\u00a0":9,"user":"status 7"}',
  'a%b_c\\d',
  'ошибка card',
  '',
];
export const TRACE = '0af7651916cd43dd8448eb211c80319c';
const DAY = 86_400_000;

const texts = (values: readonly string[]): Extract<Column, { kind: 'strings' }> => ({ kind: 'strings', values });
function words(values: readonly string[]): Column {
  const keys = [...new Set(values)];
  const indexes = new Map(keys.map((key, i) => [key, i]));
  return { kind: 'dictionary', keys: texts(keys), indexes: Uint32Array.from(values, (v) => indexes.get(v) ?? 0) };
}

function maps(rows: readonly Labels[]): Column {
  const offsets = new Uint32Array(rows.length);
  let end = 0;
  rows.forEach((row, i) => {
    end += row.length / 2;
    offsets[i] = end;
  });
  const flat = rows.flat();
  return {
    kind: 'map',
    offsets,
    keys: words(flat.filter((_, i) => i % 2 === 0)),
    values: texts(flat.filter((_, i) => i % 2 === 1)),
  };
}

const numbers = (
  values: BigInt64Array<ArrayBuffer> | BigUint64Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>,
): Column => ({ kind: 'number', values });

export async function insertStreams(store: Store): Promise<void> {
  const rows = STREAMS.length;
  const today = Math.floor(Number(START / 1_000_000n) / DAY);
  const columns = [
    numbers(new Uint16Array(rows).fill(today)),
    numbers(BigUint64Array.from(STREAMS, (_, i) => BigInt(i + 1) << 48n)),
    words(SERVICES),
    maps(STREAMS),
    numbers(new BigInt64Array(rows).fill(START / 1_000_000n)),
    numbers(new BigUint64Array(rows)),
  ];
  await store.writer.insert(
    'log_streams',
    TABLES.log_streams.map(([name]) => name),
    [encodeBlock(TABLES.log_streams, columns, rows)],
    { database: DATABASE },
  );
}

/** @param mayRepeat what the door says of the rows: 1 when equal lines may be stored already */
export async function insertRows(store: Store, rows: readonly Row[], mayRepeat: (row: number) => 0 | 1): Promise<void> {
  await store.writer.insert(
    'otel_logs',
    TABLES.otel_logs.map(([name]) => name),
    [blockOf(rows, mayRepeat)],
    { database: DATABASE },
  );
}

/** The rows as ingest hands them over. */
export function sectionOf(rows: readonly Row[]): Section {
  const block = blockOf(rows, () => 0);
  const withoutBatch = block.length - batchIdTail(rows.length, 0n).length;
  return { table: 'otel_logs', partition: 0, rows: rows.length, block: block.slice(0, withoutBatch) };
}

function blockOf(rows: readonly Row[], mayRepeat: (row: number) => 0 | 1): Uint8Array<ArrayBuffer> {
  const n = rows.length;
  const empty = new Array<string>(n).fill('');
  const none = new Array<Labels>(n).fill([]);
  const columns = [
    numbers(BigInt64Array.from(rows, (r) => START + BigInt(r.offsetMs) * 1_000_000n)),
    numbers(BigUint64Array.from(rows, (r) => BigInt(r.stream + 1) << 48n)),
    texts(rows.map((r) => r.traceId)),
    texts(empty),
    numbers(new Uint8Array(n)),
    words(rows.map((r) => r.severity)),
    numbers(new Uint8Array(n)),
    words(rows.map((r) => SERVICES[r.stream] ?? '')),
    texts(rows.map((r) => r.line)),
    maps(rows.map((): Labels => ['k8s.pod.name', 'pod-1'])),
    words(empty),
    words(empty),
    maps(none),
    maps(rows.map((r) => r.attributes)),
    words(empty),
    texts(rows.map((r) => r.requestId)),
    texts(empty),
    numbers(Uint8Array.from(rows, (_, i) => mayRepeat(i))),
    numbers(new BigUint64Array(n)),
  ];
  return encodeBlock(TABLES.otel_logs, columns, n);
}

export const row = fc.record<Row>({
  stream: fc.nat(STREAMS.length - 1),
  offsetMs: fc.nat(1_200_000),
  line: fc.constantFrom(...LINES),
  severity: fc.constantFrom('', 'INFO', 'ERROR', 'WARN', 'CRITICAL'),
  traceId: fc.constantFrom('', '', TRACE, TRACE.replace('0af7', '1bf8')),
  requestId: fc.constantFrom('', 'r-1', 'r-2'),
  attributes: fc.constantFrom<Labels>([], ['http.method', 'GET', 'pod', 'a'], ['http_method', 'POST', 'pod', 'b']),
});
