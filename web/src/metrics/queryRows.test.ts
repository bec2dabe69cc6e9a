import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { askedRows } from './formula.ts';
import { legendName, uniqueNames } from './legend.ts';
import {
  changedRow,
  letters,
  type QueryRow,
  readRows,
  rowsPatch,
  stepMsOf,
  stepText,
  withoutRow,
  withRow,
} from './queryRows.ts';

const row = (letter: QueryRow['letter'], text: string, more: Partial<QueryRow> = {}): QueryRow => ({
  letter,
  text,
  formula: false,
  on: true,
  type: 'range',
  legend: '',
  minStepMs: 0,
  ...more,
});

/** An address after a patch. */
function address(rows: readonly QueryRow[]): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(rowsPatch(rows)))
    if (value !== null && value !== undefined && value !== '') params.set(name, value);
  return params;
}

test('a link that only says q asks that one question', () => {
  assert.deepEqual(readRows(new URLSearchParams('q=up')), [row('A', 'up')]);
  assert.deepEqual(readRows(new URLSearchParams()), [row('A', '')]);
  assert.equal(address([row('A', 'up')]).toString(), 'q=up');
});

const rowArbitrary = fc.record({
  text: fc.constantFrom('', 'up', 'sum(rate(a_total{b="c,d"}[5m]))', 'A / B'),
  formula: fc.boolean(),
  on: fc.boolean(),
  type: fc.constantFrom('range' as const, 'instant' as const),
  legend: fc.constantFrom('', '{{pod}}', 'a & b = c'),
  minStepMs: fc.constantFrom(0, 500, 15_000, 90_000),
});

test('an address holds every query with its options, whichever rows there are', () => {
  fc.assert(
    fc.property(
      fc.subarray([...letters], { minLength: 1 }),
      fc.array(rowArbitrary, { minLength: 8, maxLength: 8 }),
      (chosen, options) => {
        const rows = chosen.map((letter, at) => ({ ...(options[at] ?? row(letter, '')), letter }));
        assert.deepEqual(readRows(address(rows)), rows);
      },
    ),
  );
});

test('a new query takes the first free letter, a removed one leaves the others theirs', () => {
  const two = withRow([row('A', 'up')], {});
  assert.deepEqual(
    two.map(({ letter }) => letter),
    ['A', 'B'],
  );
  const rest = withoutRow(two, 'A');
  assert.deepEqual(
    rest.map(({ letter }) => letter),
    ['B'],
  );
  assert.deepEqual(
    withRow(rest, { text: 'x' }).map(({ letter, text }) => [letter, text]),
    [
      ['A', 'x'],
      ['B', ''],
    ],
  );
  assert.equal(changedRow(two, 'B', { on: false })[1]?.on, false);
  assert.deepEqual(withoutRow(rest, 'B'), [row('A', '')]);
});

test('steps are written as people write them', () => {
  assert.deepEqual(['15s', '1m30s', '500ms', '', 'soon', '5'].map(stepMsOf), [15_000, 90_000, 500, 0, 0, 0]);
  for (const ms of [0, 500, 15_000, 90_000, 86_400_000 + 3_600_000]) assert.equal(stepMsOf(stepText(ms)), ms);
});

test('a formula stands for the queries it names, whole and in parentheses', () => {
  const asked = askedRows([
    row('A', 'sum(rate(errors_total[5m]))'),
    row('B', 'a or b', { on: false }),
    row('C', 'A / B * 100', { formula: true }),
    row('D', 'sum by (B) (C > 1)', { formula: true }),
  ]);
  assert.equal(asked[2]?.query, '(sum(rate(errors_total[5m]))) / (a or b) * 100');
  assert.equal(asked[3]?.query, 'sum by (B) (((sum(rate(errors_total[5m]))) / (a or b) * 100) > 1)');
});

test('a formula that names itself, a later or an empty query says so; one with labels means a metric', () => {
  const asked = askedRows([
    row('A', ''),
    row('B', 'B + 1', { formula: true }),
    row('C', 'A * 2', { formula: true }),
    row('D', 'A{x="y"} + (', { formula: true }),
    row('E', 'A{x="y"}', { formula: true }),
  ]);
  assert.deepEqual(
    asked.map(({ query, missing }) => [query, missing]),
    [
      ['', null],
      ['', 'B'],
      ['', 'A'],
      ['A{x="y"} + (', null],
      ['A{x="y"}', null],
    ],
  );
});

test('a chain of formulas cannot grow without bound', () => {
  const rows = letters.map((letter, at) =>
    at === 0
      ? row(letter, 'x'.repeat(1000))
      : row(
          letter,
          Array(6)
            .fill(letters[at - 1])
            .join('+'),
          { formula: true },
        ),
  );
  assert.ok(askedRows(rows).every(({ query }) => query.length <= 20_000));
});

test('a legend format takes labels; names that occur twice are told apart', () => {
  assert.equal(legendName('{{ method }} {{status}}!', { method: 'GET', status: '200' }), 'GET 200!');
  assert.equal(legendName('{{gone}}', { a: 'b' }), '{a="b"}');
  assert.deepEqual(uniqueNames(['a', 'b', 'a']), ['a', 'b', 'a (2)']);
});
