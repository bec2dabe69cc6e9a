import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Section } from '../model/section.ts';
import type { Day } from '../model/units.ts';
import { LogBuilder, viewLogSection } from '../store/index.ts';
import type { QueryNotice } from './query_messages.ts';
import { createRecentSamples, defaultRecentBytes } from './recent_samples.ts';

const section = (table: Section['table'], bytes = 1024): Section => ({
  table,
  partition: 20261122 as Day,
  rows: 1,
  block: new Uint8Array(bytes).fill(7),
});

function logSection(lines: readonly string[]): Section {
  const builder = new LogBuilder(lines.length, 100, {});
  for (const line of lines) {
    const columns = builder.at(1_700_000_000_000);
    columns.timestamp.append(1, 1);
    columns.streamId.append(1, 0);
    for (const id of [columns.traceId, columns.spanId, columns.requestId, columns.userId]) id.endRow();
    columns.appendSeverity(3);
    columns.serviceName.appendText('pay');
    columns.logAttributes.endRow();
    const bytes = Buffer.from(line);
    columns.appendBody(bytes, 0, bytes.length, 1024);
    columns.mayRepeat.append(0);
  }
  return builder.sections().find(({ table }) => table === 'otel_logs') ?? assert.fail('no lines');
}

function setup(logsBudgetBytes = 0) {
  mock.timers.enable({ apis: ['setInterval'] });
  const flushes: (() => void)[] = [];
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const status = { oldestUnloadedMs: 0 };
  let overflows = 0;
  const recent = createRecentSamples({
    ingest: {
      flush: () => new Promise<void>((resolve) => flushes.push(resolve)),
      status: () => status as never,
    },
    data: { budgetBytes: 1e6, spansBudgetBytes: 1e6, logsBudgetBytes, taken },
    nowMs: () => 1_000_000,
    onOverflow: () => overflows++,
  });
  const worker = () => {
    const notices: QueryNotice[] = [];
    return { notices, kinds: () => notices.map(({ kind }) => kind), notify: (n: QueryNotice) => void notices.push(n) };
  };
  const end = (): void => {
    recent.stop();
    mock.timers.reset();
  };
  return { recent, flushes, taken, status, worker, overflows: () => overflows, end };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what is stored is handed over as a copy, without tables that memory does not hold', () => {
  const { recent, worker, end } = setup();
  const query = worker();
  recent.take('trilith', [section('samples')]);
  recent.attach(query);
  const mine = section('samples');
  recent.take('trilith', [section('otel_logs'), section('series'), mine]);
  recent.take('trilith', [section('metadata')]);
  assert.deepEqual(query.kinds(), ['sections']);
  const [notice] = query.notices;
  assert.ok(notice?.kind === 'sections');
  assert.deepEqual(
    notice.sections.map(({ table }) => table),
    ['series', 'samples'],
  );
  assert.notEqual(notice.sections[1]?.block.buffer, mine.block.buffer);
  assert.deepEqual([notice.kib, notice.atMs], [2, 1_000_000]);
  end();
});

test('log records are handed over in pieces as memory keeps them, all of them in order', () => {
  const { recent, worker, end } = setup(1e6);
  const query = worker();
  recent.attach(query);
  const lines = Array.from({ length: 2_500 }, (_, i) => `line ${i}`);
  const mine = logSection(lines);
  const few = logSection(['alone']);
  recent.take('trilith', [mine, few]);
  const [notice] = query.notices;
  assert.ok(notice?.kind === 'sections');
  assert.deepEqual(
    notice.sections.map(({ rows }) => rows),
    [512, 512, 512, 512, 452, 1],
  );
  const handed = notice.sections.flatMap(({ block, rows }) => {
    const { body } = viewLogSection(block as Uint8Array<ArrayBuffer>);
    return Array.from({ length: rows }, (_, row) => body(row));
  });
  assert.deepEqual(handed, [...lines, 'alone']);
  const buffers = new Set(notice.sections.map(({ block }) => block.buffer));
  assert.deepEqual([buffers.size, buffers.has(mine.block.buffer), buffers.has(few.block.buffer)], [6, false, false]);
  end();
});

test('memory counts once everything from before is in the store, and not for a worker that was replaced meanwhile', async () => {
  const { recent, worker, flushes, end } = setup();
  const first = worker();
  recent.attach(first);
  const second = worker();
  recent.attach(second);
  flushes[0]?.();
  await turn();
  assert.deepEqual([first.kinds(), second.kinds()], [[], []]);
  flushes[1]?.();
  await turn();
  assert.deepEqual([first.kinds(), second.kinds()], [[], ['attach']]);
  end();
});

test('twice a second the worker hears what is loaded', () => {
  const { recent, worker, status, end } = setup();
  const query = worker();
  recent.attach(query);
  status.oldestUnloadedMs = 400;
  mock.timers.tick(500);
  assert.deepEqual(query.notices, [{ kind: 'loaded', beforeMs: 1_000_000 - 400 }]);
  end();
});

test('a worker that does not keep up is told to forget, and is fed again when it has caught up', async () => {
  const { recent, worker, flushes, taken, overflows, end } = setup();
  const query = worker();
  recent.attach(query);
  for (let i = 0; i < 4; i++) recent.take('trilith', [section('samples', 40 * 1024 * 1024)]);
  assert.deepEqual(query.kinds(), ['sections', 'sections', 'sections', 'reset']);
  recent.take('trilith', [section('samples')]);
  flushes[0]?.();
  await turn();
  mock.timers.tick(500);
  assert.deepEqual([query.kinds().at(-1), flushes.length, overflows()], ['loaded', 1, 1]);
  Atomics.store(taken, 0, 3 * 40 * 1024);
  mock.timers.tick(500);
  flushes[1]?.();
  await turn();
  recent.take('trilith', [section('samples')]);
  assert.deepEqual(query.kinds().slice(-2), ['attach', 'sections']);
  end();
});

test('after a delete memory is filled anew', async () => {
  const { recent, worker, flushes, end } = setup();
  const query = worker();
  recent.attach(query);
  flushes[0]?.();
  await turn();
  recent.invalidate();
  flushes[1]?.();
  await turn();
  assert.deepEqual(query.kinds(), ['attach', 'reset', 'attach']);
  end();
});

test('the default takes a 32nd of the memory, within bounds', () => {
  const mib = 1024 * 1024;
  assert.deepEqual(
    [1, 8, 24, 64].map((gib) => defaultRecentBytes(gib * 1024 * mib, 768) / mib),
    [64, 256, 768, 768],
  );
});
