import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MapEdge, MapNode, ServiceMapAnswer } from '@trilith/contract';
import { firstFocus, severityOf, visibleMap } from './visible.ts';

const notes = { partial: false, warnings: [], elapsedMs: 0, scannedRows: 0, scannedBytes: 0 };
const node = (id: string, rate = 1): MapNode => ({
  id,
  name: id,
  kind: 'service',
  system: '',
  rate,
  errorRatio: 0,
  p95Ms: 1,
});
const edge = (from: string, to: string, rate = 1): MapEdge => ({
  from,
  to,
  kind: 'call',
  rate,
  errorRatio: 0,
  p50Ms: 1,
  p95Ms: 1,
});
const map = (edges: readonly MapEdge[], nodes: readonly MapNode[]): ServiceMapAnswer => ({
  nodes: [...nodes],
  edges: [...edges],
  sampled: 1,
  notes,
});
const chain = map(
  ['a', 'b', 'c', 'd'].map((id, at) => edge(id, String.fromCharCode(98 + at))),
  ['a', 'b', 'c', 'd', 'e'].map((id) => node(id)),
);

test('a focus shows what it calls and what calls it, as many steps as asked', () => {
  const at = (depth: number): string =>
    visibleMap(chain, { focus: 'c', depth, rare: true })
      .nodes.map(({ id }) => id)
      .join('');
  assert.equal(at(1), 'bcd');
  assert.equal(at(2), 'abcde');
  assert.equal(visibleMap(chain, { focus: null, depth: 1, rare: true }).nodes.length, 5);
});

test('rare calls are folded and counted, and no node loses its last call', () => {
  const ids = Array.from({ length: 60 }, (_, at) => `s${at}`);
  const busy = ids.slice(1).map((id) => edge('s0', id, 100));
  const rare = ids.slice(2).map((id) => edge('s1', id, 0.5));
  const lonely = edge('s0', 'alone', 0.001);
  const many = map(
    [...busy, ...rare, lonely],
    [...ids, 'alone'].map((id) => node(id)),
  );
  const shown = visibleMap(many, { focus: null, depth: 1, rare: false });
  assert.equal(shown.folded, rare.length);
  assert.ok(shown.edges.includes(lonely));
  assert.equal(visibleMap(many, { focus: null, depth: 1, rare: true }).folded, 0);
});

test('a small map is shown whole, a large one around its busiest service or the chosen one', () => {
  assert.equal(firstFocus(chain, ''), null);
  assert.equal(firstFocus(chain, 'b'), 'b');
  const large = map(
    [],
    Array.from({ length: 100 }, (_, at) => node(`s${at}`, at)),
  );
  assert.equal(firstFocus(large, ''), 's99');
});

test('errors are told apart at one and at five percent', () => {
  assert.deepEqual([0, 0.009, 0.01, 0.049, 0.05].map(severityOf), ['none', 'none', 'warning', 'warning', 'error']);
});
