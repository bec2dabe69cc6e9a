import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Expr, type LogExpr, parse } from '@trilith/lang/logql';
import { StoreError } from '../../store/index.ts';
import { evaluateMetric } from './evaluate.ts';
import { evaluateLogs } from './log_query.ts';
import { streamLabels } from './row_labels.ts';
import { type LogSource, ROWS_A_LOOK } from './source.ts';

const START = 1_790_000_000_000_000_000n;
const SECOND = 1_000_000_000n;
const ROWS = 100 * ROWS_A_LOOK;

/** A large batch of one stream, and how many of its lines were looked at before its turn ended for the second time. */
function abandoned() {
  const seen = { lines: 0 };
  let pauses = 0;
  const turn = {
    due: () => true,
    async pause() {
      if (++pauses > 1) throw new StoreError('cancelled', 0, 'the query was cancelled');
    },
  };
  const source: LogSource = {
    async *select() {
      yield {
        rows: ROWS,
        times: BigInt64Array.from({ length: ROWS }, (_, i) => START + BigInt(i)),
        stream: () => streamLabels(['service', 'shop']),
        metadata: () => [],
        line(row) {
          seen.lines++;
          return `line ${row}`;
        },
        virtual: () => () => undefined,
        identity: String,
        turn,
      };
    },
  };
  return { seen, source };
}

const isCancelled = (error: unknown): boolean => error instanceof StoreError && error.kind === 'cancelled';

test('lines: a large batch is left in the middle of it when nobody waits any more', async () => {
  const { seen, source } = abandoned();
  const log = parse('{service="shop"} |= "line"') as LogExpr;
  const range = { startNs: START, endNs: START + SECOND, direction: 'backward', limit: ROWS } as const;
  await assert.rejects(evaluateLogs({ log, ...range }, source), isCancelled);
  assert.equal(seen.lines, ROWS_A_LOOK);
});

test('numbers: a large batch is left in the middle of it when nobody waits any more', async () => {
  const { seen, source } = abandoned();
  const expr = parse('count_over_time({service="shop"} |= "line" [1m])') as Exclude<Expr, LogExpr>;
  if (expr.kind === 'variants') throw new Error('a number of lines is asked for');
  const steps = { startNs: START + SECOND, stepNs: SECOND, count: 1, instant: true };
  const limits = { maxSeries: 10, maxSamples: 10 };
  await assert.rejects(evaluateMetric(expr, { source, steps, limits, rules: [], signal: undefined }), isCancelled);
  assert.equal(seen.lines, ROWS_A_LOOK);
});
