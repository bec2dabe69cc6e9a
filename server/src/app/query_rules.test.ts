import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TenantEngines } from '../api/trilith/index.ts';
import { answerRules } from './query_rules.ts';

const NOW = Date.UTC(2026, 0, 1);

/** Only what is asked for is there. */
const engines =
  (parts: { readonly metrics?: object; readonly logs?: object }): (() => TenantEngines) =>
  () =>
    parts as unknown as TenantEngines;

test('each query has its own answer: elements, a scalar as one without labels, a failure in words; nothing is thrown', async () => {
  const results: Readonly<Record<string, object>> = {
    vector: { type: 'vector', series: [{ labels: ['job', 'a'], values: Float64Array.of(2) }] },
    scalar: { type: 'scalar', series: [{ labels: [], values: Float64Array.of(3) }] },
    matrix: { type: 'matrix', series: [] },
    text: { type: 'string', series: [], text: 'x' },
    none: { type: 'vector', series: [] },
  };
  const metrics = {
    async query({ query }: { readonly query: string }) {
      const result = results[query];
      if (result === undefined) throw new Error('the store is not available');
      return result;
    },
  };
  const queries = ['vector', 'scalar', 'matrix', 'text', 'none', 'down'].map((expr) => ({
    language: 'promql' as const,
    expr,
    tenant: 't',
    timeMs: NOW,
  }));
  const answer = await answerRules({ kind: 'evaluate', queries }, engines({ metrics }));
  const wrong = { error: 'rule result is not a vector or scalar' };
  assert.deepEqual(answer, {
    kind: 'evaluated',
    answers: [
      [{ labels: ['job', 'a'], value: 2 }],
      [{ labels: [], value: 3 }],
      wrong,
      wrong,
      [],
      { error: 'the store is not available' },
    ],
  });
});

test('LogQL is asked at one instant; series without a point are none, and lines are no answer', async () => {
  const logs = {
    query: async ({ expr, endNs, instant }: { expr: { kind: string }; endNs: bigint; instant: boolean }) => {
      assert.deepEqual([endNs, instant], [BigInt(NOW) * 1_000_000n, true]);
      if (expr.kind === 'log') return { kind: 'streams' };
      const series = (value: number, mark: number) => ({
        labels: ['service', `s${value}`],
        values: Float64Array.of(value),
        present: Uint8Array.of(mark),
      });
      return { kind: 'metric', value: { kind: 'matrix', series: [series(1, 1), series(2, 0)] } };
    },
  };
  const queries = ['rate({a="b"}[1m])', '{a="b"}'].map((expr) => ({
    language: 'logql' as const,
    expr,
    tenant: 't',
    timeMs: NOW,
  }));
  assert.deepEqual(await answerRules({ kind: 'evaluate', queries }, engines({ logs })), {
    kind: 'evaluated',
    answers: [[{ labels: ['service', 's1'], value: 1 }], { error: 'rule result is not a vector or scalar' }],
  });
});

test('the last of a series is its newest sample, or the marker that came after it', async () => {
  const metrics = {
    samples: async () => ({
      labels: [
        ['n', 'goes on'],
        ['n', 'ended'],
        ['n', 'came back'],
        ['n', 'only a marker'],
        ['n', 'nothing'],
      ],
      offsets: Uint32Array.of(0, 2, 3, 4, 4, 4),
      times: Float64Array.of(NOW, NOW + 1, NOW, NOW + 5),
      values: Float64Array.of(1, 2, 3, 4),
      stale: new Map([
        [1, Float64Array.of(NOW + 2)],
        [2, Float64Array.of(NOW + 2)],
        [3, Float64Array.of(NOW + 3)],
      ]),
    }),
  };
  const call = { kind: 'last-samples', tenant: 't', matchers: [], fromMs: NOW, toMs: NOW + 9 } as const;
  assert.deepEqual(await answerRules(call, engines({ metrics })), {
    kind: 'last-samples',
    samples: [
      { labels: ['n', 'goes on'], timeMs: NOW + 1, value: 2 },
      { labels: ['n', 'ended'], timeMs: NOW + 2, value: Number.NaN },
      { labels: ['n', 'came back'], timeMs: NOW + 5, value: 4 },
      { labels: ['n', 'only a marker'], timeMs: NOW + 3, value: Number.NaN },
    ],
  });
});
