import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Edge, EdgePairing } from './edges.ts';
import type { HalfEdge } from './facts.ts';

const half = (changed: Partial<HalfEdge>): HalfEdge => ({
  low: 1,
  high: 1,
  own: 1,
  side: 'client',
  messaging: false,
  failed: false,
  root: false,
  service: changed.side === 'server' ? 'b' : 'a',
  peer: '',
  database: '',
  duration: 1_000_000_000,
  weight: 1,
  atMs: 0,
  ...changed,
});

const client = half({});
const server = half({ side: 'server', own: 2, duration: 500_000_000 });

/** The edges of halves that come one after the other, and then of the end of the wait. */
function edgesOf(halves: readonly HalfEdge[], pairing = new EdgePairing(1000)): Edge[] {
  const edges: Edge[] = [];
  for (const each of halves) pairing.add(each, 0, (edge) => edges.push(edge));
  pairing.expire(1000, (edge) => edges.push(edge));
  return edges;
}

const names = (edges: readonly Edge[]): string[] =>
  edges.map(({ client: from, server: to, connection }) => `${from} ${connection} ${to}`);

test('both sides make one edge in either order, failed when either is, as long as each says', () => {
  for (const halves of [
    [client, { ...server, failed: true }],
    [{ ...server, failed: true }, client],
  ])
    assert.deepEqual(edgesOf(halves), [
      {
        client: 'a',
        server: 'b',
        connection: '',
        failed: true,
        weight: 1,
        clientSeconds: 1,
        serverSeconds: 0.5,
        messagingSeconds: undefined,
      },
    ]);
});

test('the same span twice counts once; two servers of one client count each', () => {
  assert.deepEqual(names(edgesOf([client, server, server, client])), ['a  b']);
  assert.deepEqual(names(edgesOf([server, client, { ...server, own: 3, service: 'c' }])), ['a  b', 'a  c']);
});

test('who is alone is an edge to whom it names, or none', () => {
  assert.deepEqual(names(edgesOf([{ ...client, peer: 'bank' }])), ['a virtual_node bank']);
  assert.deepEqual(names(edgesOf([{ ...client, peer: 'orders', messaging: true }])), ['a messaging_system orders']);
  assert.deepEqual(names(edgesOf([{ ...client, database: 'pg:5432' }])), ['a database pg:5432']);
  assert.deepEqual(names(edgesOf([{ ...server, root: true }])), ['user virtual_node b']);
  assert.deepEqual(names(edgesOf([{ ...server, root: true, messaging: true, peer: 'orders' }])), [
    'orders messaging_system b',
  ]);
  const pairing = new EdgePairing(1000);
  assert.deepEqual(edgesOf([client, { ...server, low: 2 }], pairing), []);
  assert.equal(pairing.alone, 2);
});

test('messages have been under way from the producer’s end to the consumer’s start', () => {
  const [edge] = edgesOf([
    half({ messaging: true, atMs: 1_000 }),
    half({ side: 'server', messaging: true, atMs: 1_250 }),
  ]);
  assert.equal(edge?.messagingSeconds, 0.25);
});

test('of too many that wait the first is given up early, and counted', () => {
  const pairing = new EdgePairing(1000, 2);
  const edges: Edge[] = [];
  for (let low = 0; low < 3; low++) pairing.add({ ...client, low, peer: `p${low}` }, 0, (edge) => edges.push(edge));
  assert.deepEqual(names(edges), ['a virtual_node p0']);
  assert.equal(pairing.early, 1);
});

test('edges are the same whatever the order, and wherever a run ends between', () => {
  const anyHalf = fc.record({
    low: fc.integer({ min: 0, max: 5 }),
    side: fc.constantFrom('client' as const, 'server' as const),
    own: fc.integer({ min: 0, max: 3 }),
    peer: fc.constantFrom('', 'x'),
  });
  const sorted = (edges: readonly Edge[]): string[] => names(edges).sort();
  const property = fc.property(fc.array(anyHalf, { maxLength: 30 }), fc.nat(30), fc.nat(), (parts, cut, seed) => {
    // The service of a span is part of it: the same id means the same span.
    const halves = parts.map((part) =>
      part.side === 'client' ? half({ ...part, own: 9 }) : half({ ...part, peer: '', service: `s${part.own}` }),
    );
    // Of the copies of a client's span the first counts, so the copies are made alike.
    const alike = halves.map((each) =>
      each.side === 'client' ? (halves.find(({ side, low }) => side === 'client' && low === each.low) ?? each) : each,
    );
    const expected = sorted(edgesOf(alike));
    const shuffled = alike
      .map((each, i) => ({ each, at: Math.imul(seed + i + 1, 0x9e37_79b1) >>> 0 }))
      .sort((a, b) => a.at - b.at)
      .map(({ each }) => each);
    assert.deepEqual(sorted(edgesOf(shuffled)), expected);

    const edges: Edge[] = [];
    const emit = (edge: Edge): unknown => edges.push(edge);
    const first = new EdgePairing(1000);
    for (const each of alike.slice(0, cut)) first.add(each, 0, emit);
    const second = new EdgePairing(1000);
    for (const { half: each, matched } of first.waiting()) second.restore(each, matched, 0);
    for (const each of alike.slice(cut)) second.add(each, 0, emit);
    second.expire(1000, emit);
    assert.deepEqual(sorted(edges), expected);
  });
  fc.assert(property, { numRuns: 300 });
});
