import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFrom } from '../../model/labels.ts';
import { START, sectionOf } from '../logql/generated_rows.ts';
import { logOf } from '../logql/generated_store.ts';
import { streamLabels } from '../logql/row_labels.ts';
import type { LogStreamIndex } from '../logql/stream_index.ts';
import { newestRecords } from './newest_records.ts';
import { RecentLogs } from './recent_logs.ts';

const LABELS = streamLabels(labelsFrom([['namespace', 'prod']]));
/** An index that has one stream. */
const index: LogStreamIndex = {
  refresh: async () => undefined,
  select: () => new Uint32Array([0]),
  hasLabel: (name) => name === 'namespace',
  labels: () => LABELS.labels,
  service: () => '',
  id: () => 1n << 48n,
  byId: () => LABELS,
  knows: () => true,
  learn: async () => false,
  forget: () => undefined,
  labelNames: () => ['namespace'],
  values: () => ['prod'],
};

const blank = { stream: 0, traceId: '', requestId: '', severity: '', attributes: [] };

/** Memory that has some requests, the first of them packed. */
async function withRequests(requests: readonly (readonly string[])[]): Promise<RecentLogs> {
  const recent = new RecentLogs({ budgetBytes: () => 1e9, linesOfAStretch: 200, wholeBytes: 20_000 });
  recent.attach(0, START - 1n);
  let offsetMs = 0;
  for (const lines of requests)
    recent.append(sectionOf(lines.map((line) => ({ ...blank, line, offsetMs: offsetMs++ }))), 0);
  await recent.settled();
  return recent;
}

/** The lines of a query out of that memory; undefined where it does not say. */
async function linesOf(query: string, requests: readonly (readonly string[])[]): Promise<string[] | undefined> {
  const recent = await withRequests(requests);
  const asked = { log: logOf(query), startNs: START, endNs: 1n << 62n, direction: 'forward' as const };
  const batch = await newestRecords(recent, index).all(asked, false);
  return batch === undefined ? undefined : Array.from({ length: batch.rows }, (_, row) => batch.line(row));
}

test('all records are handed over only where what they take unpacked is bounded, however well they compress', async () => {
  const requests = (count: number, bytes: number): string[][] =>
    Array.from({ length: count }, () => new Array<string>(100).fill('k=v '.padEnd(bytes, 'at ')));
  assert.equal((await linesOf('{namespace="prod"} | logfmt', requests(6, 1_000)))?.length, 600);
  assert.equal(await linesOf('{namespace="prod"} | logfmt', requests(3, 250_000)), undefined);
});

test('the newest are handed over until what they take unpacked is too much, the others are left to the store', async () => {
  const newest = async (
    requests: readonly (readonly string[])[],
    query: string,
  ): Promise<{ rows: number; endNs: bigint }> => {
    const recent = await withRequests(requests);
    const rest = { startNs: START, endNs: 1n << 62n };
    const asked = { log: logOf(query), ...rest, direction: 'backward' as const, limit: 1_000 };
    let rows = 0;
    for await (const batch of newestRecords(recent, index).select(asked, rest, false)) rows += batch.rows;
    return { rows, endNs: rest.endNs };
  };
  const long = new Array<string>(100).fill('k=v '.padEnd(250_000, 'at '));
  for (const query of ['{namespace="prod"}', '{namespace="prod"} |= "k=v"', '{namespace="prod"} |~ "k=v at|nowhere"']) {
    assert.deepEqual(await newest([long, long], query), { rows: 200, endNs: START }, query);
    // 75 MB: the first request is not looked at, and begins before the end of what is left.
    assert.deepEqual(
      await newest([long, long, long], query),
      { rows: 200, endNs: START + 99n * 1_000_000n + 1n },
      query,
    );
  }
});

test('lines with a text are found, few or many of a request', async () => {
  const requests = Array.from({ length: 9 }, (_, request) =>
    Array.from({ length: 90 }, (_, i) => `often ${i % 45 === 7 ? 'rare ' : ''}${request} ${i}`),
  );
  for (const text of ['often', 'rare', '3 7']) {
    const expected = requests.flat().filter((line) => line.includes(text));
    assert.ok(expected.length > 0);
    assert.deepEqual(await linesOf(`{namespace="prod"} |= "${text}"`, requests), expected);
  }
});

test('all records of many stretches that are unpacked together come in order, those of another time or level left out', async () => {
  const recent = new RecentLogs({ budgetBytes: () => 1e9, linesOfAStretch: 50, wholeBytes: 20_000 });
  recent.attach(0, START - 1n);
  const rows = Array.from({ length: 4_000 }, (_, i) => ({
    ...blank,
    // Requests overlap in time.
    offsetMs: i + (i % 7) * 60,
    severity: i % 3 === 0 ? 'ERROR' : 'INFO',
    line: `${i} `.padEnd(400, 'at '),
  }));
  for (let i = 0; i < rows.length; i += 100) recent.append(sectionOf(rows.slice(i, i + 100)), 0);
  await recent.settled();
  const timeOf = (offsetMs: number): bigint => START + BigInt(offsetMs) * 1_000_000n;
  const [startNs, endNs] = [timeOf(300), timeOf(3_500)];
  const expected = rows
    .filter(({ severity, offsetMs }) => severity === 'ERROR' && offsetMs >= 300 && offsetMs < 3_500)
    .sort((a, b) => a.offsetMs - b.offsetMs);
  const log = logOf('{namespace="prod"} | detected_level="error"');
  const batch = await newestRecords(recent, index).all({ log, startNs, endNs, direction: 'forward' }, false);
  assert.deepEqual(
    Array.from({ length: batch?.rows ?? 0 }, (_, row) => batch?.line(row)),
    expected.map(({ line }) => line),
  );
  assert.deepEqual(
    [...(batch?.times ?? [])],
    expected.map(({ offsetMs }) => timeOf(offsetMs)),
  );
});

test('records that come while others are unpacked are handed over only if they are of the time that was asked for', async () => {
  const recent = await withRequests([new Array<string>(200).fill('a'.repeat(200)), ['b'], ['c']]);
  const endNs = START + 1_000n * 1_000_000n;
  const asked = { log: logOf('{namespace="prod"}'), startNs: START, endNs, direction: 'forward' as const };
  const answer = newestRecords(recent, index).all(asked, false);
  recent.append(sectionOf([1_000, 2_000].map((offsetMs) => ({ ...blank, line: 'later', offsetMs }))), 0);
  const batch = await answer;
  assert.equal(batch?.rows, 202);
  assert.ok(batch?.times.every((timeNs) => timeNs < endNs));
});

test('the memory that records were unpacked into is given back when they have been looked at', async () => {
  const recent = await withRequests(Array.from({ length: 40 }, () => new Array<string>(100).fill('a '.repeat(1_000))));
  const asked = { log: logOf('{namespace="prod"}'), startNs: START, endNs: 1n << 62n, direction: 'forward' as const };
  const batch = await newestRecords(recent, index).all(asked, false);
  const lines = Array.from({ length: batch?.rows ?? 0 }, (_, row) => batch?.line(row));
  const before = process.memoryUsage().arrayBuffers;
  batch?.release();
  assert.ok(process.memoryUsage().arrayBuffers < before - 6_000_000);
  assert.equal(lines.length, 4_000);
  assert.ok(lines.every((line) => line === 'a '.repeat(1_000)));
});
