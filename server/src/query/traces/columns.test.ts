import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SpanShape } from '../../store/index.ts';
import { parentRows, traceColumns } from './columns.ts';

function shape(id: number, parent: number | null, startNs: number, changes: Partial<SpanShape> = {}): SpanShape {
  const hex = (value: number): string => value.toString(16).padStart(16, '0');
  return {
    spanId: hex(id),
    parentSpanId: parent === null ? '' : hex(parent),
    name: `op${id}`,
    kind: 'Internal',
    service: 'api',
    startNs: 1_795_309_200_000_000_000n + BigInt(startNs),
    durationNs: 10n,
    status: 'Unset',
    links: { length: 0 },
    events: [],
    ...changes,
  };
}

test('columns are by start, times relative to the earliest, names once', () => {
  const moment = 1_795_309_200_000_000_007n;
  const columns = traceColumns([
    shape(2, 1, 7, { service: 'db', events: [{ timeNs: moment, name: 'exception' }], links: { length: 1 } }),
    shape(1, null, 0, { durationNs: 5_000_000_000n }),
    shape(3, 9, 7, { service: 'db', name: 'op2', durationNs: 20n }),
  ]);
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
  const rows = [
    shape(1, null, 0),
    shape(2, 1, 1, { kind: 'Client' }),
    shape(2, 1, 2, { kind: 'Server' }),
    shape(3, 2, 3),
  ];
  assert.deepEqual(parentRows(rows), [-1, 0, 1, 2]);
  assert.deepEqual(parentRows([rows[2], rows[1], rows[3]].flatMap((one) => one ?? [])), [1, -2, 0]);
});

test('whatever the parents, following them ends', () => {
  const id = fc.integer({ min: 1, max: 8 });
  const kind = fc.constantFrom('Client', 'Server', 'Internal');
  fc.assert(
    fc.property(fc.array(fc.tuple(id, fc.option(id), kind), { maxLength: 20 }), (list) => {
      const parents = parentRows(list.map(([own, parent, of]) => shape(own, parent, 0, { kind: of })));
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
