import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapDot } from './mapDot.ts';

test('a map is a graph in Graphviz’s language, whatever its names hold', () => {
  const node = { system: '', rate: 1, errorRatio: 0, p95Ms: null };
  const call = { p50Ms: 1, p95Ms: 2 };
  const text = mapDot({
    nodes: [
      { ...node, id: 's:shop', name: 'shop', kind: 'service' },
      { ...node, id: 'd:x', name: 'a "b" \\', kind: 'database' },
    ],
    edges: [
      { ...call, from: 's:shop', to: 'd:x', kind: 'database', rate: 12.3456, errorRatio: 0.015 },
      { ...call, from: 'd:x', to: 's:shop', kind: 'message', rate: 2, errorRatio: 0 },
    ],
  });
  assert.equal(
    text,
    [
      'digraph services {',
      '  rankdir=LR;',
      '  "s:shop" [label="shop", shape=box];',
      '  "d:x" [label="a \\"b\\" \\\\", shape=cylinder];',
      '  "s:shop" -> "d:x" [label="12.3/s, 1.5 % errors"];',
      '  "d:x" -> "s:shop" [label="2/s", style=dashed];',
      '}',
      '',
    ].join('\n'),
  );
});
