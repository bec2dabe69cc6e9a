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

const ALL = { log: logOf('{namespace="prod"} | logfmt'), startNs: 0n, endNs: 1n << 62n, direction: 'forward' } as const;

/** Whether memory hands over all records, of requests with so many lines of so many bytes. */
async function handedOver(requests: number, lines: number, bytes: number): Promise<number | undefined> {
  const recent = new RecentLogs({ budgetBytes: () => 1e9 });
  recent.attach(0, START - 1n);
  const row = {
    stream: 0,
    line: 'k=v '.padEnd(bytes, 'at '),
    traceId: '',
    requestId: '',
    severity: '',
    attributes: [],
  };
  for (let request = 0; request < requests; request++)
    recent.append(sectionOf(Array.from({ length: lines }, (_, i) => ({ ...row, offsetMs: request + i }))), 0);
  await recent.settled();
  return (await newestRecords(recent, index).all({ ...ALL, startNs: START }, false))?.rows;
}

test('all records are handed over only where what they take unpacked is bounded, however well they compress', async () => {
  assert.equal(await handedOver(6, 100, 1_000), 600);
  assert.equal(await handedOver(3, 100, 250_000), undefined);
});
