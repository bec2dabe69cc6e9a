import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addShape, noShapes, type SpanShape, type SpanShapes } from '../../store/index.ts';
import { traceColumns } from './columns.ts';

type Draft = Omit<Partial<SpanShape>, 'startNs'> & {
  readonly id: number;
  readonly parent: number | null;
  readonly startNs?: number;
};

const base = 1_795_309_200_000_000_000n;
const hex = (value: number): string => value.toString(16).padStart(16, '0');

function shapes(drafts: readonly Draft[]): SpanShapes {
  const all = noShapes();
  for (const { id, parent, startNs = 0, ...rest } of drafts) {
    addShape(all, {
      spanId: hex(id),
      parentSpanId: parent === null ? '' : hex(parent),
      name: `op${id}`,
      kind: 'Internal',
      service: 'api',
      startNs: base + BigInt(startNs),
      durationNs: 10n,
      status: 'Unset',
      events: [],
      links: [],
      ...rest,
    });
  }
  return all;
}

test('columns are by start, times relative to the earliest, names and spans once', () => {
  const moment = 1_795_309_200_000_000_007n;
  const event = { timeNs: moment, name: 'exception', attributes: [], types: '' };
  const link = { traceId: '', spanId: '', traceState: '', attributes: [], types: '' };
  const twice = { id: 2, parent: 1, startNs: 7, service: 'db', events: [event], links: [link] };
  const columns = traceColumns(
    shapes([
      twice,
      { id: 1, parent: null, durationNs: 5_000_000_000n },
      { id: 3, parent: 9, startNs: 7, service: 'db', name: 'op2', durationNs: 20n },
      twice,
    ]),
  );
  assert.equal(columns.startNs, 1_795_309_200_000_000_000n);
  assert.deepEqual(columns.start, [0, 7, 7]);
  assert.deepEqual(columns.duration, [5_000_000_000, 20, 10]);
  assert.deepEqual(columns.parents, [-1, -2, 0], 'a root, a parent that never arrived, row 0');
  assert.deepEqual(
    [columns.services, columns.service],
    [
      ['api', 'db'],
      [0, 1, 1],
    ],
  );
  assert.deepEqual(
    [columns.operations, columns.operation],
    [
      ['op1', 'op2'],
      [0, 1, 1],
    ],
  );
  assert.equal(columns.ids.slice(16, 32), '0000000000000003');
  assert.deepEqual(columns.linked, [2]);
  assert.deepEqual(columns.events, { names: ['exception'], row: [2], at: [7], name: [0], more: false });
});

test('where both sides of a call share an id, the one that served hangs on its caller and has the children', () => {
  const root = { id: 1, parent: null };
  const calls = { id: 2, parent: 1, startNs: 1, kind: 'Client' };
  const serves = { id: 2, parent: 1, startNs: 2, kind: 'Server' };
  const below = { id: 3, parent: 2, startNs: 3 };
  assert.deepEqual(traceColumns(shapes([root, calls, serves, below])).parents, [-1, 0, 1, 2]);
  const skewed = [{ ...serves, startNs: 0 }, calls, below];
  assert.deepEqual(traceColumns(shapes(skewed)).parents, [1, -2, 0], 'also when it seems to start first');
});

test('whatever the parents, following them ends', () => {
  const id = fc.integer({ min: 1, max: 8 });
  const kind = fc.constantFrom('Client', 'Server', 'Internal');
  fc.assert(
    fc.property(fc.array(fc.tuple(id, fc.option(id), kind), { maxLength: 20 }), (list) => {
      const { parents } = traceColumns(shapes(list.map(([own, parent, of]) => ({ id: own, parent, kind: of }))));
      parents.forEach((_, start) => {
        let steps = 0;
        for (let row = start; row >= 0; row = parents[row] ?? -1) {
          steps += 1;
          assert.ok(steps <= parents.length, `row ${start} comes back to itself: ${parents.join(' ')}`);
        }
      });
    }),
  );
});
