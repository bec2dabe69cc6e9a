import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { idHalves, SpanShapes } from '../../store/index.ts';
import { traceColumns } from './columns.ts';

interface Draft {
  readonly id: number;
  readonly parent: number | null;
  readonly startNs?: number;
  readonly durationNs?: number;
  readonly name?: string;
  readonly kind?: string;
  readonly service?: string;
  readonly links?: number;
  /** The time of an exception, ns after the base. */
  readonly exceptionNs?: number;
}

const base = 1_795_309_200_000_000_000n;
const hex = (value: number): string => value.toString(16).padStart(16, '0');

function shapes(drafts: readonly Draft[]): SpanShapes {
  const all = new SpanShapes();
  all.baseNs = base;
  for (const { id, parent, ...rest } of drafts) {
    const row = all.grow(1);
    [all.idHigh[row], all.idLow[row]] = idHalves(hex(id));
    [all.parentHigh[row], all.parentLow[row]] = idHalves(parent === null ? '' : hex(parent));
    for (const [column, text] of [
      [all.name, rest.name ?? `op${id}`],
      [all.kind, rest.kind ?? 'Internal'],
      [all.service, rest.service ?? 'api'],
      [all.status, 'Unset'],
    ] as const)
      column.codes[row] = column.known.code(text);
    all.start[row] = rest.startNs ?? 0;
    all.duration[row] = rest.durationNs ?? 10;
    all.links[row] = rest.links ?? 0;
    if (rest.exceptionNs === undefined) continue;
    all.events.row.push(row);
    all.events.at.push(rest.exceptionNs);
    all.events.name.push(all.events.names.code('exception'));
  }
  return all;
}

test('columns are depth first and by start, times relative to the earliest, names and spans once', () => {
  const twice = { id: 2, parent: 1, startNs: 7, service: 'db', links: 1, exceptionNs: 7 };
  const columns = traceColumns(
    shapes([
      twice,
      { id: 1, parent: null, durationNs: 5_000_000_000 },
      { id: 3, parent: 9, startNs: 7, service: 'db', name: 'op2', durationNs: 20 },
      twice,
    ]),
  );
  assert.equal(columns.startNs, 1_795_309_200_000_000_000n);
  assert.deepEqual(columns.start, [0, 7, 7]);
  assert.deepEqual(columns.duration, [5_000_000_000, 10, 20]);
  assert.deepEqual(columns.parents, [-1, 0, -2], 'a root, row 0, a parent that never arrived');
  const said = (texts: readonly string[], places: readonly number[]) => places.map((place) => texts[place]);
  assert.deepEqual(said(columns.services, columns.service), ['api', 'db', 'db']);
  assert.deepEqual(said(columns.operations, columns.operation), ['op1', 'op2', 'op2']);
  assert.deepEqual([columns.services.length, columns.operations.length], [2, 2], 'each once');
  assert.equal(columns.ids.slice(16, 32), '0000000000000002');
  assert.deepEqual(columns.linked, [1]);
  assert.deepEqual(columns.events, { names: ['exception'], row: [1], at: [7], name: [0], more: false });
});

test('where both sides of a call share an id, the one that served hangs on its caller and has the children', () => {
  const root = { id: 1, parent: null };
  const calls = { id: 2, parent: 1, startNs: 1, kind: 'Client' };
  const serves = { id: 2, parent: 1, startNs: 2, kind: 'Server' };
  const below = { id: 3, parent: 2, startNs: 3 };
  assert.deepEqual(traceColumns(shapes([root, calls, serves, below])).parents, [-1, 0, 1, 2]);
  const skewed = [{ ...serves, startNs: 0 }, calls, below];
  assert.deepEqual(traceColumns(shapes(skewed)).parents, [-2, 0, 1], 'also when it seems to start first');
});

test('whatever the parents, each span has one row, after its parent, and what is below it follows it whole', () => {
  const id = fc.integer({ min: 1, max: 8 });
  const kind = fc.constantFrom('Client', 'Server', 'Internal');
  const span = fc.tuple(id, fc.option(id), kind, fc.nat(3));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 20 }), (list) => {
      const drafts = list.map(([own, parent, of, startNs]) => ({ id: own, parent, kind: of, startNs }));
      const { parents, start } = traceColumns(shapes(drafts));
      parents.forEach((parent, row) => {
        assert.ok(parent < row, `row ${row} stands before its parent: ${parents.join(' ')}`);
        let above = row - 1;
        while (above > parent && above >= 0) above = parents[above] ?? -1;
        if (parent >= 0) assert.equal(above, parent, `row ${row} is not below its parent: ${parents.join(' ')}`);
        const before = parents.lastIndexOf(parent, row - 1);
        if (row > 0 && before >= 0) assert.ok((start[before] ?? 0) <= (start[row] ?? 0), 'siblings are by start');
      });
    }),
  );
});
