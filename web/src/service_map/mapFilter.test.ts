import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MapEdge, MapNode, MapNodeKind, ServiceMapAnswer } from '@trilith/contract';
import { filteredMap, type MapFilter } from './mapFilter.ts';

const node = (id: string, kind: MapNodeKind = 'service', errorRatio = 0): MapNode => ({
  ...{ id, name: id, kind, system: '', rate: 1, errorRatio, p95Ms: 1 },
});
const edge = (from: string, to: string, errorRatio = 0): MapEdge => ({
  ...{ from, to, kind: 'call', rate: 1, errorRatio, p50Ms: 1, p95Ms: 1 },
});
const map: ServiceMapAnswer = {
  nodes: [
    node('shop'),
    node('Risk', 'service', 0.1),
    node('scores', 'database'),
    node('mails', 'queue'),
    node('lonely'),
  ],
  edges: [edge('shop', 'Risk', 0.1), edge('Risk', 'scores'), edge('shop', 'mails')],
  sampled: 1,
  notes: { partial: false, warnings: [], elapsedMs: 0, scannedRows: 0, scannedBytes: 0 },
};
const filtered = (filter: Partial<MapFilter>): readonly [string, number] => {
  const { nodes, edges } = filteredMap(map, { text: '', kind: null, failing: false, ...filter });
  return [nodes.map(({ id }) => id).join(' '), edges.length];
};

test('a filter keeps what matches, its calls and what is at their other end', () => {
  assert.equal(filteredMap(map, { text: ' ', kind: null, failing: false }), map);
  assert.deepEqual(filtered({ text: 'rISK' }), ['shop Risk scores', 2]);
  assert.deepEqual(filtered({ kind: 'database' }), ['Risk scores', 1]);
  assert.deepEqual(filtered({ failing: true }), ['shop Risk', 1]);
  assert.deepEqual(filtered({ text: 'lonely' }), ['lonely', 0]);
  assert.deepEqual(filtered({ text: 'shop', kind: 'queue' }), ['', 0]);
  assert.deepEqual(filtered({ failing: true, kind: 'queue' }), ['', 0]);
});
