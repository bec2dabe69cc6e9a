import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  exactly,
  fromSilence,
  labelsOf,
  type Matcher,
  matchersText,
  type Operator,
  readMatchers,
  toSilence,
} from './matchers.ts';

const operators: readonly Operator[] = ['=', '!=', '=~', '!~'];
const matcher = fc.record(
  {
    name: fc.string({ minLength: 1 }),
    operator: fc.constantFrom(...operators),
    value: fc.string(),
  },
  { noNullPrototype: true },
);

test('matchers come back from their text, whatever is in names and values', () => {
  fc.assert(
    fc.property(fc.array(matcher, { maxLength: 4 }), (all) => {
      assert.deepEqual(readMatchers(matchersText(all)), all);
    }),
  );
});

test('matchers come back from the shape of a silence', () => {
  for (const operator of operators) {
    const one: Matcher = { name: 'team', operator, value: 'pay.*' };
    assert.deepEqual(fromSilence(toSilence(one)), one);
  }
});

const WRITTEN: readonly (readonly [text: string, found: string | null])[] = [
  ['', ''],
  ['{severity="page"}', 'severity="page"'],
  ['severity=page, team=~"a|b"', 'severity="page", team=~"a|b"'],
  ['job!=x', 'job!="x"'],
  ['"my label"="v"', '"my label"="v"'],
  ['latency of payments', null],
  ['severity="page', null],
  ['{a="b"', null],
];

for (const [text, found] of WRITTEN) {
  test(`${JSON.stringify(text)} is read as ${found ?? 'no matchers'}`, () => {
    const read = readMatchers(text);
    assert.equal(read === null ? null : matchersText(read), found);
  });
}

test('labels become matchers and back; other conditions are no labels', () => {
  const labels = { alertname: 'Down', job: 'api' };
  assert.deepEqual(labelsOf(exactly(labels)), labels);
  assert.equal(labelsOf([{ name: 'job', operator: '=~', value: 'a' }]), null);
});
