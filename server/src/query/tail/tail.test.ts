import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@trilith/lang/logql';
import type { LogqlEngine } from '../logql/engine.ts';
import { streamLabels } from '../logql/row_labels.ts';
import type { LiveBatch } from './live_batch.ts';
import { LiveQuery } from './live_query.ts';
import { Tail } from './tail.ts';

const STREAM = streamLabels(['service', 'web']);
const NEVER = new AbortController().signal;
const START = 1_790_000_000_000_000_000n;

/** Records on their way to the store, at consecutive nanoseconds. */
function liveBatch(lines: readonly string[], firstNs = START): LiveBatch {
  return {
    streamIds: new BigUint64Array(lines.length).fill(7n),
    batch: {
      rows: lines.length,
      times: BigInt64Array.from(lines, (_, i) => firstNs + BigInt(i)),
      stream: () => STREAM,
      metadata: () => [],
      line: (row) => lines[row] ?? '',
      virtual: () => () => undefined,
      identity: (row) => lines[row] ?? '',
    },
    line: (row) => lines[row] ?? '',
  };
}

function setup(query = '{service="web"}', delayMs = 0) {
  const clock = { ms: 0 };
  const index = { hasLabel: (name: string) => name === 'service', refresh: async () => undefined };
  const log = parse(query);
  assert.ok(log.kind === 'log');
  const options = { query: new LiveQuery(log, index), startNs: 0n, historyLines: 0, delayMs, nowMs: () => clock.ms };
  const tail = new Tail({ index } as unknown as LogqlEngine, options);
  return { tail, clock };
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `line ${i}`);

test('what is accepted while history is read is held and shown after it', async () => {
  const { tail } = setup();
  tail.take(liveBatch(['held']));
  await tail.begin(START, NEVER);
  tail.take(liveBatch(['live'], START + 10n));
  const { lines, dropped } = await tail.frame(NEVER);
  assert.deepEqual([lines.map(({ line }) => line), dropped], [['held', 'live'], 0]);
});

test('a burst is shown whole, more is counted and named, and after a pause lines are shown again', async () => {
  const { tail, clock } = setup();
  await tail.begin(START, NEVER);
  tail.take(liveBatch(numbered(2_500)));
  const first = await tail.frame(NEVER);
  assert.deepEqual([first.lines.length, first.dropped, first.droppedLines.length], [2_000, 500, 10]);
  assert.deepEqual(first.droppedLines[0], { timeNs: START + 2_000n, labels: STREAM.labels });
  clock.ms += 100;
  tail.take(liveBatch(numbered(300), START + 5_000n));
  const second = await tail.frame(NEVER);
  assert.deepEqual([second.lines.length, second.dropped], [100, 200]);
});

test('a client that does not read has a bounded number of lines waiting', async () => {
  const { tail, clock } = setup();
  await tail.begin(START, NEVER);
  for (let i = 0; i < 50; i++) {
    clock.ms += 1_000;
    tail.take(liveBatch(numbered(1_000), START + BigInt(i * 1_000)));
  }
  const { lines, dropped } = await tail.frame(NEVER);
  assert.deepEqual([lines.length, dropped], [2_000, 48_000]);
});

test('lines are held back by the delay, and late ones come in order of time', async () => {
  const { tail, clock } = setup('{service="web"}', 1_000);
  await tail.begin(START, NEVER);
  tail.take(liveBatch(['second'], START + 2n));
  tail.take(liveBatch(['first'], START + 1n));
  const frame = tail.frame(NEVER);
  clock.ms += 1_000;
  assert.deepEqual(
    (await frame).lines.map(({ line }) => line),
    ['first', 'second'],
  );
});

test('records that were not looked at are counted as left out', async () => {
  const { tail } = setup();
  await tail.begin(START, NEVER);
  tail.skip(42);
  assert.deepEqual(await tail.frame(NEVER), { lines: [], dropped: 42, droppedLines: [] });
});

test('a frame that is waited for ends with its signal', async () => {
  const { tail } = setup();
  await tail.begin(START, NEVER);
  const gone = new AbortController();
  const frame = tail.frame(gone.signal);
  gone.abort(new Error('the client left'));
  await assert.rejects(frame, /the client left/);
});

test('filters and parsers decide, and show what they made of a line', async () => {
  const { tail } = setup('{service=~"w.*"} |= "card" | logfmt | status >= 500 | line_format "{{.status}}"');
  await tail.begin(START, NEVER);
  tail.take(liveBatch(['card status=500', 'card status=200', 'cash status=503', 'card status=502']));
  const { lines } = await tail.frame(NEVER);
  assert.deepEqual(
    lines.map(({ line, labels, parsed }) => [line, labels, parsed]),
    [
      ['500', ['service', 'web'], ['status', '500']],
      ['502', ['service', 'web'], ['status', '502']],
    ],
  );
});
