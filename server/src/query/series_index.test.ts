import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { labelsFrom, labelValue, type Matcher } from '../model/labels.ts';
import { SeriesIndex } from './series_index.ts';
import { valuePredicate } from './value_predicate.ts';

const ALWAYS = { fromMs: 0, toMs: 86_400_000 * 1000 };
const words = ['', 'a', 'b', 'ab', 'abc', 'x.y'];
const label = fc.tuple(fc.constantFrom('job', 'mode', 'zone'), fc.constantFrom(...words));
const matcher: fc.Arbitrary<Matcher> = fc.record({
  name: fc.constantFrom('job', 'mode', 'zone', 'other'),
  operator: fc.constantFrom('=', '!=', '=~', '!~'),
  value: fc.constantFrom('', 'a', 'b|ab', '.*', '.+', 'a.*', 'a.+', '(a|b)c?', 'x.y', '|a'),
});

test('a selection holds exactly the label sets that satisfy every matcher', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(label, { maxLength: 4 }), { maxLength: 40 }),
      fc.array(matcher, { maxLength: 4 }),
      (sets, matchers) => {
        const index = new SeriesIndex();
        const all = sets.map((pairs) => labelsFrom(pairs));
        for (const [i, labels] of all.entries()) index.add(i >>> 3, i * 7919, 1, 2, labels);
        const wanted = all.flatMap((labels, i) =>
          matchers.every((m) => valuePredicate(m).matches(labelValue(labels, m.name))) ? [i] : [],
        );
        assert.deepEqual([...index.select(matchers, ALWAYS)], wanted);
      },
    ),
  );
});

test('fast paths for patterns agree with the RE2 engine', () => {
  for (const pattern of [
    '',
    'a',
    'a|b',
    '|a',
    '.*',
    '.+',
    'ab.*',
    'ab.+',
    'a\\.b|c',
    'a\\|b',
    'a\\\\|b',
    'a\\-b|\\$',
    'a\\d|b',
    '\\.*',
  ]) {
    const fast = valuePredicate({ name: 'l', operator: '=~', value: pattern });
    const slow = valuePredicate({ name: 'l', operator: '=~', value: `(?:${pattern})` });
    for (const value of [
      '',
      'a',
      'b',
      'c',
      'ab',
      'abc',
      'a\nb',
      'ab\nc',
      'a.b',
      'aXb',
      'a|b',
      'a\\',
      'a-b',
      '$',
      'a1',
      '..',
    ])
      assert.equal(fast.matches(value), slow.matches(value), `${pattern} on ${value}`);
    assert.equal(fast.matchesEmpty, slow.matchesEmpty, pattern);
  }
});

test('ids are found again and never confused, however they collide', () => {
  const index = new SeriesIndex();
  for (let i = 0; i < 5000; i++) assert.equal(index.add(i % 7, i * 2 ** 16, 0, 0, ['n', String(i)]), i);
  for (let i = 0; i < 5000; i++) {
    assert.equal(index.find(i % 7, (i * 2 ** 16) >>> 0), i < 65536 ? i : -1);
    assert.deepEqual(index.labels(i), ['n', String(i)]);
  }
  assert.equal(index.find(8, 1), -1);
});

test('label sets outside the asked days are left out, until they are seen again', () => {
  const index = new SeriesIndex();
  const day = 86_400_000;
  const old = index.add(0, 1, 10, 11, ['job', 'old']);
  index.add(0, 2, 20, 20, ['job', 'new']);
  const range = { fromMs: 20 * day, toMs: 20 * day + 1 };
  assert.deepEqual([...index.labelValues('job', [], range).keys()], ['new']);
  index.touch(old, 20, 20);
  assert.deepEqual(
    [...index.labelValues('job', [], range)],
    [
      ['new', 1],
      ['old', 1],
    ],
  );
  assert.deepEqual([...index.labelNames([{ name: 'job', operator: '=', value: 'old' }], range)], [['job', 1]]);
});

test('what was counted before is forgotten with every change', () => {
  const index = new SeriesIndex();
  const range = { fromMs: 0, toMs: 86_400_000 * 30 };
  const shown = (): string =>
    JSON.stringify([[...index.labelNames([], range)], [...index.labelValues('job', [], range)]]);
  const first = index.add(0, 1, 10, 10, ['job', 'a']);
  assert.equal(shown(), '[[["job",1]],[["a",1]]]');
  assert.equal(shown(), '[[["job",1]],[["a",1]]]');
  index.add(0, 2, 11, 11, ['job', 'b', 'pod', 'p']);
  assert.equal(shown(), '[[["job",2],["pod",1]],[["a",1],["b",1]]]');
  assert.deepEqual([...index.labelValues('job', [], { fromMs: 0, toMs: 86_400_000 * 10 })], [['a', 1]]);
  index.forget(first);
  assert.equal(shown(), '[[["job",1],["pod",1]],[["b",1]]]');
  index.touch(first, 12, 12);
  assert.equal(shown(), '[[["job",2],["pod",1]],[["a",1],["b",1]]]');
});

test('a selection that is asked for again by the same matchers shows every change', () => {
  const index = new SeriesIndex();
  const matchers = [{ name: 'job', operator: '=~' as const, value: 'a|b' }];
  const within = (fromDay: number, toDay: number): number[] => [
    ...index.selectAgain(matchers, { fromMs: 86_400_000 * fromDay, toMs: 86_400_000 * toDay }),
  ];
  index.add(0, 1, 10, 10, ['job', 'a']);
  assert.deepEqual([within(0, 30), within(0, 30), within(11, 30)], [[0], [0], []]);
  index.add(0, 2, 11, 11, ['job', 'b']);
  assert.deepEqual([within(0, 30), within(11, 30), within(0, 10)], [[0, 1], [1], [0]]);
  index.touch(0, 11, 12);
  assert.deepEqual([within(0, 10), within(12, 30)], [[0], [0]]);
  index.forget(0);
  assert.deepEqual([within(0, 30), within(12, 30)], [[1], []]);
});
