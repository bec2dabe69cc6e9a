import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noParent, spanKinds, spanStatuses, type TraceColumnsAnswer } from '@trilith/contract';
import { type SpanTable, spanTable } from '../trace/spanTable.ts';
import { tracesToRead } from './readStructure.ts';
import { errorOrigins, leadingToErrors, structureOf } from './structureTree.ts';

/** `service operation`, place of the parent (null: a root), duration in ns, and whether it failed. */
type Draft = readonly [name: string, parent: number | null, duration: number, failed?: boolean];

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

function tableOf(id: number, drafts: readonly Draft[]): SpanTable {
  const services = drafts.map(([name]) => name.split(' ')[0] ?? '');
  const operations = drafts.map(([name]) => name.split(' ')[1] ?? '');
  const answer: TraceColumnsAnswer = {
    traceId: hex(id, 32),
    startNs: '1795309200000000000',
    services,
    operations,
    spans: {
      ids: drafts.map((_, at) => hex(id * 100 + at, 16)).join(''),
      parents: drafts.map(([, parent]) => parent ?? noParent),
      service: drafts.map((_, at) => at),
      operation: drafts.map((_, at) => at),
      kind: drafts.map(() => spanKinds.indexOf('server')),
      status: drafts.map(([, , , failed]) => spanStatuses.indexOf(failed === true ? 'error' : 'unset')),
      start: drafts.map((_, at) => at),
      duration: drafts.map(([, , duration]) => duration),
    },
    linked: [],
    events: { names: [], row: [], at: [], name: [] },
    notes: { partial: false, warnings: [], elapsedMs: 0, scannedRows: 0, scannedBytes: 0 },
  };
  return spanTable(answer);
}

const good = tableOf(1, [
  ['web GET', null, 1000],
  ['api pay', 0, 600],
  ['db SELECT', 1, 100],
  ['db SELECT', 1, 100],
]);
const failed = tableOf(2, [
  ['web GET', null, 2000, true],
  ['api pay', 0, 1500, true],
  ['db SELECT', 1, 50, true],
  ['mail send', 0, 100],
]);

test('spans of one path are one place, whichever trace they are of; siblings with the most time come first', () => {
  const { nodes, traces, spans, leftOut } = structureOf([good, failed]);
  assert.deepEqual(
    nodes.map((one) => [one.service, one.depth, one.parent, one.spans, one.traces, one.failures, one.totalNs]),
    [
      ['web', 0, -1, 2, 2, 1, 3000],
      ['api', 1, 0, 2, 2, 1, 2100],
      ['db', 2, 1, 3, 2, 1, 250],
      ['mail', 1, 0, 1, 1, 0, 100],
    ],
  );
  assert.deepEqual([traces, spans, leftOut], [2, 8, 0]);
  const self = [good, failed].flatMap((table) => [...table.self]).reduce((sum, one) => sum + one, 0);
  assert.equal(
    nodes.reduce((sum, one) => sum + one.selfNs, 0),
    self,
  );
});

test('errors start where a span failed and none below it did; such a span is the example of its place', () => {
  const structure = structureOf([good, failed]);
  assert.deepEqual(
    errorOrigins(structure).map((one) => [one.service, one.origins, one.example]),
    [['db', 1, { traceId: hex(2, 32), spanId: hex(202, 16) }]],
  );
  assert.deepEqual(
    leadingToErrors(structure).map((one) => one.service),
    ['web', 'api', 'db'],
  );
  assert.deepEqual(structureOf([good]).nodes[0]?.example, { traceId: hex(1, 32), spanId: hex(100, 16) });
  assert.deepEqual(leadingToErrors(structureOf([good])), []);
});

test('spans without a place are counted, those below them too', () => {
  const { nodes, spans, leftOut } = structureOf([good, failed], 2);
  assert.deepEqual(
    nodes.map((one) => one.service),
    ['web', 'api'],
  );
  assert.equal(leftOut, spans - nodes.reduce((sum, one) => sum + one.spans, 0));
  assert.deepEqual(structureOf([]), { nodes: [], traces: 0, spans: 0, leftOut: 0 });
});

test('traces are read in their order up to a number of traces and of spans, the first however long', () => {
  const of = (spans: readonly number[]) =>
    tracesToRead(spans.map((count, at) => ({ traceId: String(at), spans: count })));
  assert.equal(of(Array.from({ length: 80 }, () => 10)).length, 50);
  assert.deepEqual(of([150_000, 100_000, 10]), ['0', '2']);
  assert.deepEqual(of([900_000, 10]), ['0']);
  assert.deepEqual(of([]), []);
});
