import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutations } from '../../base/mutations.ts';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { type DecodeContext, DecodeError, type DecodeLimits } from '../../model/ingest.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { timeOfRecordId } from '../../model/record_id.ts';
import { sectionRows } from '../../store/index.ts';
import type { ElasticsearchMeta } from './decode.ts';
import { decodeElasticsearch } from './index.ts';
import type { BulkReport, ItemResult } from './report.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const AT = '2026-11-22T11:59:59.123456789Z';
const AT_NS = BigInt(Date.UTC(2026, 10, 22, 11, 59, 59)) * 1_000_000n + 123_456_789n;

function context(limits: Partial<DecodeLimits> = {}, streams = createMapInterner()): DecodeContext {
  return {
    nowMs: NOW,
    storedUntilMs: 0,
    limits: { ...DEFAULT_DECODE_LIMITS, ...limits },
    series: createMapInterner(),
    streams,
  };
}

const bytes = (...lines: unknown[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    Buffer.from(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')),
  );
const BULK: ElasticsearchMeta = { kind: 'bulk', index: '', id: undefined };

interface Item extends Pick<ItemResult, 'status' | 'error'> {
  readonly _id: string;
}

interface Read {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly items: readonly Readonly<Record<string, Item>>[];
  readonly errors: boolean;
  readonly streams: ReturnType<typeof createMapInterner>;
}

function read(body: Uint8Array<ArrayBuffer>, meta = BULK, limits: Partial<DecodeLimits> = {}): Read {
  const streams = createMapInterner();
  const decoded = decodeElasticsearch(body, context(limits, streams), meta);
  const report = decoded.report as BulkReport;
  const rows = decoded.sections.flatMap(sectionRows);
  assert.equal(rows.length, decoded.accepted.logs);
  const items = JSON.parse(report.items) as Read['items'];
  const refused = items.filter((item) => Object.values(item)[0]?.error !== undefined).length;
  assert.equal(
    decoded.rejections.reduce((sum, { count }) => sum + count, 0),
    refused,
    'every refused item is counted',
  );
  assert.equal(report.errors, refused > 0);
  return { rows, items, errors: report.errors, streams };
}

test('a document of Filebeat becomes a record with service, level, trace and stream', () => {
  const { rows, items, streams } = read(
    bytes(
      { create: { _index: 'filebeat-8.19.0' } },
      {
        '@timestamp': AT,
        message: 'card declined',
        log: { level: 'warning', offset: 17, file: { path: '/var/log/a.log' } },
        trace: { id: '4BF92F3577B34DA6A3CE929D0E0E4736' },
        user: { id: 'u-1' },
        service: { name: 'payments-api', environment: 'prod' },
        kubernetes: { namespace: 'shop', pod: { name: 'p-1' }, container: { name: 'api' } },
        host: { name: 'node-1' },
        tags: ['a', 'b'],
        ecs: { version: '8.0.0' },
        nothing: null,
      },
    ),
  );
  const [row] = rows;
  assert.equal(row?.Body, 'card declined');
  assert.equal(row?.Timestamp, AT_NS);
  assert.equal(row?.SeverityText, 'WARN');
  assert.equal(row?.TraceId, '4bf92f3577b34da6a3ce929d0e0e4736');
  assert.equal(row?.UserId, 'u-1');
  assert.equal(row?.ServiceName, 'payments-api');
  assert.deepEqual(row?.LogAttributes, {
    'log.level': 'warning',
    'log.offset': '17',
    'log.file.path': '/var/log/a.log',
    'trace.id': '4BF92F3577B34DA6A3CE929D0E0E4736',
    'user.id': 'u-1',
    'service.name': 'payments-api',
    'service.environment': 'prod',
    'kubernetes.namespace': 'shop',
    'kubernetes.pod.name': 'p-1',
    'kubernetes.container.name': 'api',
    'host.name': 'node-1',
    tags: '["a","b"]',
    'ecs.version': '8.0.0',
  });
  assert.deepEqual(streams.labels(0), [
    'container',
    'api',
    'environment',
    'prod',
    'host',
    'node-1',
    'index',
    'filebeat-8.19.0',
    'namespace',
    'shop',
    'pod',
    'p-1',
    'service_name',
    'payments-api',
  ]);
  assert.equal(timeOfRecordId(items[0]?.create?._id ?? ''), AT_NS, 'the id of a document without one says its time');
});

test('a document without a line is its own line, and its service is that of its index', () => {
  const document = { order: 7, level: 'error', '@timestamp': AT };
  const { rows } = read(bytes({ index: { _index: 'logstash-2026.11.22' } }, document));
  assert.deepEqual(
    rows.map(({ Body, SeverityText, ServiceName, LogAttributes }) => [Body, SeverityText, ServiceName, LogAttributes]),
    [[JSON.stringify(document), 'ERROR', 'logstash', { order: '7', level: 'error' }]],
  );
});

test('lines of containers from Fluentd and Fluent Bit are found under log, their pod under Kubernetes’ names', () => {
  const { rows, streams } = read(
    bytes(
      { create: { _index: 'fluent-bit' } },
      {
        '@timestamp': '2026-11-22T11:59:59.000Z',
        log: 'level=debug hi',
        kubernetes: { namespace_name: 'n', pod_name: 'p', container_name: 'c', labels: { app: 'cart' } },
      },
    ),
  );
  assert.deepEqual([rows[0]?.Body, rows[0]?.SeverityText, rows[0]?.ServiceName], ['level=debug hi', 'DEBUG', 'cart']);
  assert.ok(streams.labels(0).join().startsWith('app,cart,container,c,index,fluent-bit,namespace,n,pod,p'));
});

test('an _id of the sender is kept, so that the same document again is the same record', () => {
  const body = bytes({ index: { _index: 'i', _id: 'x-1' } }, { '@timestamp': AT, message: 'm', _id: 'forged' });
  const shared = context();
  const first = decodeElasticsearch(body, shared, BULK).sections.flatMap(sectionRows);
  const second = decodeElasticsearch(body, shared, BULK).sections.flatMap(sectionRows);
  assert.deepEqual(first[0]?.LogAttributes, { _id: 'x-1' });
  assert.deepEqual([first[0]?.MayRepeat, second[0]?.MayRepeat], [0, 1]);
  assert.deepEqual({ ...second[0], MayRepeat: 0 }, { ...first[0] });
});

test('each item has its own answer, and good ones are stored beside bad ones', () => {
  const { rows, items } = read(
    bytes(
      { index: { _index: 'a' } },
      { message: 'good', '@timestamp': AT },
      { index: { _index: 'a' } },
      '{"message": broken',
      { delete: { _index: 'a', _id: '1' } },
      { update: { _index: 'a', _id: '1' } },
      { doc: {} },
      { create: {} },
      { message: 'no index' },
      { index: { _index: 'Bad Name' } },
      { message: 'x' },
      { index: { _index: 'a', _id: 'y'.repeat(513) } },
      { message: 'x' },
      { index: { _index: 'a' } },
      { message: 'when', '@timestamp': 'yesterday' },
      { index: { _index: 'a' } },
      { message: 'old', '@timestamp': '2020-01-01' },
      { index: { _index: 'a' } },
      [1],
      { index: { _index: 'a' } },
      { message: 'good too', '@timestamp': String(NOW) },
    ),
  );
  assert.deepEqual(
    rows.map(({ Body }) => Body),
    ['good', 'good too'],
  );
  assert.deepEqual(
    items.map((item) => {
      const [action, result] = Object.entries(item)[0] ?? [];
      return [action, result?.status, result?.error?.type];
    }),
    [
      ['index', 201, undefined],
      ['index', 400, 'document_parsing_exception'],
      ['delete', 400, 'illegal_argument_exception'],
      ['update', 400, 'illegal_argument_exception'],
      ['create', 400, 'illegal_argument_exception'],
      ['index', 400, 'illegal_argument_exception'],
      ['index', 400, 'illegal_argument_exception'],
      ['index', 400, 'document_parsing_exception'],
      ['index', 400, 'document_parsing_exception'],
      ['index', 400, 'document_parsing_exception'],
      ['index', 201, undefined],
    ],
  );
});

test('beyond the limit of streams an item is told to come again, and known streams go on', () => {
  const streams = createMapInterner(1);
  const body = bytes(
    { index: { _index: 'a' } },
    { message: 'x' },
    { index: { _index: 'b' } },
    { message: 'y' },
    { index: { _index: 'a' } },
    { message: 'z' },
  );
  const decoded = decodeElasticsearch(body, context({}, streams), BULK);
  const statuses = (JSON.parse((decoded.report as BulkReport).items) as { index: { status: number } }[]).map(
    ({ index }) => index.status,
  );
  assert.deepEqual(statuses, [201, 429, 201]);
});

test('an action that cannot be read refuses the request, since what follows cannot be told apart', () => {
  for (const line of ['"text"', '{}', '{"index":{},"create":{}}', '{"upsert":{}}', '{"index":1}', '{'])
    assert.throws(
      () => read(bytes({ index: { _index: 'a' } }, { message: 'x' }, line, { message: 'y' })),
      (error) =>
        error instanceof DecodeError && error.kind === 'undecodable' && error.message.includes('metadata line [3]'),
      line,
    );
  assert.throws(() => read(bytes({ index: { _index: 'a' } })), DecodeError);
});

test('the limits on operations and nesting hold', () => {
  const two = bytes({ index: { _index: 'a' } }, { message: 'x' }, { index: { _index: 'a' } }, { message: 'y' });
  assert.throws(
    () => read(two, BULK, { recordsPerRequest: 1 }),
    (error) => error instanceof DecodeError && error.kind === 'too-large',
  );
  const nested = read(bytes({ index: { _index: 'a' } }, { a: [[[[1]]]] }), BULK, { jsonDepth: 3 });
  assert.equal(nested.items[0]?.index?.status, 400);
});

test('a single document has index and id from its address', () => {
  const { rows } = read(new Uint8Array(Buffer.from('{"message":"m"}')), { kind: 'document', index: 'i', id: 'x' });
  assert.deepEqual([rows[0]?.Body, rows[0]?.LogAttributes], ['m', { _id: 'x' }]);
});

test('damaged requests are refused or read, never worse', () => {
  const valid = bytes(
    { create: { _index: 'a', _id: '1' } },
    { '@timestamp': AT, message: 'm', nested: { list: [1, { a: 'ж' }], __proto__: 1 } },
    { index: { _index: 'b' } },
    { log: 'level=info x', time: NOW },
  );
  for (const input of [...mutations(valid, 1500, 3), ...Array.from(valid, (_, end) => valid.slice(0, end))]) {
    try {
      read(input);
    } catch (error) {
      assert.ok(error instanceof DecodeError, `${error}`);
    }
  }
});
