import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Link, layered, nodeHeight, nodeWidth, type Placed, ringed } from './layout.ts';

function assertApart({ nodes }: Placed, what: string): void {
  const all = [...nodes];
  all.forEach(([id, a], at) => {
    assert.ok(Number.isFinite(a.x) && Number.isFinite(a.y), `${what}: ${id}`);
    for (const [other, b] of all.slice(at + 1))
      assert.ok(
        Math.abs(a.x - b.x) >= nodeWidth - 1e-6 || Math.abs(a.y - b.y) >= nodeHeight - 1e-6,
        `${what}: ${id} and ${other} overlap`,
      );
  });
}

/** Services in tiers, each calling two of the next, some calling back. */
function town(count: number): { readonly ids: readonly string[]; readonly links: readonly Link[] } {
  const ids = Array.from({ length: count }, (_, at) => `s${at}`);
  const links = ids.flatMap((from, at) => [
    { from, to: `s${Math.min(count - 1, at * 2 + 1)}` },
    { from, to: `s${(at * 7 + 3) % count}` },
  ]);
  return { ids, links };
}

test('no two nodes overlap, with 15 and with 150 of them, in any layout', () => {
  for (const count of [15, 150]) {
    const { ids, links } = town(count);
    for (const direction of ['right', 'down'] as const) {
      const placed = layered(ids, links, direction);
      assert.equal(placed.nodes.size, count);
      assertApart(placed, `${count} ${direction}`);
    }
    assertApart(ringed(ids, links, 's0'), `${count} ring`);
  }
});

test('whatever calls whom, every node has a place of its own', () => {
  const end = fc.integer({ min: 0, max: 11 }).map((at) => `s${at}`);
  const ids = Array.from({ length: 12 }, (_, at) => `s${at}`);
  fc.assert(
    fc.property(fc.array(fc.record({ from: end, to: end }), { maxLength: 40 }), (links) => {
      for (const direction of ['right', 'down'] as const) {
        const placed = layered(ids, links, direction);
        assert.equal(placed.nodes.size, 12);
        assert.equal(placed.bends.length, links.length);
        assertApart(placed, direction);
      }
    }),
    { numRuns: 60 },
  );
});

test('calls run from left to right, or from top to bottom', () => {
  const links = [
    { from: 'web', to: 'api' },
    { from: 'api', to: 'db' },
    { from: 'web', to: 'db' },
  ];
  const right = layered(['db', 'api', 'web'], links, 'right').nodes;
  const down = layered(['db', 'api', 'web'], links, 'down').nodes;
  for (const { from, to } of links) {
    assert.ok((right.get(from)?.x ?? 0) < (right.get(to)?.x ?? 0), `${from} ${to}`);
    assert.ok((down.get(from)?.y ?? 0) < (down.get(to)?.y ?? 0), `${from} ${to}`);
  }
  assert.equal(
    layered(['db', 'api', 'web'], links, 'right').bends[2]?.length,
    1,
    'a long call goes around the layer between',
  );
});

test('services that call each other in a circle are drawn too', () => {
  const placed = layered(
    ['a', 'b', 'c'],
    [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'c', to: 'a' },
      { from: 'a', to: 'a' },
    ],
    'right',
  );
  assertApart(placed, 'circle');
});

test('150 services are laid out within 200 ms', () => {
  const { ids, links } = town(150);
  const before = process.cpuUsage();
  layered(ids, links, 'right');
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 200_000, `${(user + system) / 1000} ms of CPU`);
});
