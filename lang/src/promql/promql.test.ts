import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { completionContext } from './complete.ts';
import { ALL_FEATURES } from './cursor.ts';
import { diagnose } from './diagnose.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { formatNumber, formatNumberShort, parseNumber } from './number.ts';
import { parse } from './parser.ts';
import { print } from './print.ts';
import { quote, unquote } from './quote.ts';

const PRINTED: readonly (readonly [query: string, printed: string])[] = [
  ['sum by(job,mode)(rate(x[1m]))', 'sum by (job, mode) (rate(x[1m]))'],
  ['-1^2', '-1 ^ 2'],
  ['1 + 2 * 3 ^ 2 ^ 2', '1 + 2 * 3 ^ 2 ^ 2'],
  ['a and b or c unless d', 'a and b or c unless d'],
  ['foo{a="b",c!~"d.*"} offset 5m @ 10', 'foo{a="b",c!~"d.*"} @ 10.000 offset 5m'],
  ['{"my metric", "la bel"="x"}', '{"la bel"="x",__name__="my metric"}'],
  ['a / on(x) group_left(y) b', 'a / on (x) group_left (y) b'],
  ['rate(x[5m:1m] offset -1h)', 'rate(x[5m:1m] offset -1h)'],
  ['topk(0x10, foo) > bool 2', 'topk(16, foo) > bool 2'],
  ['foo offset 5m + 2', 'foo offset 5m + 2'],
  ['x[2 * step() + 1m]', 'x[2 * step() + 1m]'],
  ['a + fill_left(1) fill_right(-2) b', 'a + fill_left (1) fill_right (-2) b'],
  ["'it''s'".replace("''", "\\'"), '"it\'s"'],
  ['foo # a comment\n', 'foo'],
];
for (const [query, printed] of PRINTED) {
  test(`${JSON.stringify(query)} prints as ${printed}, which parses to the same`, () => {
    assert.equal(print(parse(query, ALL_FEATURES)), printed);
    assert.equal(print(parse(printed, ALL_FEATURES)), printed);
  });
}

const REFUSED: readonly (readonly [query: string, start: number, end: number, message: string])[] = [
  ['', 0, 0, 'no expression found in input'],
  ['1+', 2, 2, 'unexpected end of input'],
  ['.', 0, 1, "unexpected character: '.'"],
  ['*test', 0, 1, 'unexpected <op:*>'],
  ['(1', 2, 2, 'unclosed left parenthesis'],
  ['foo{gibberish}', 13, 14, 'unexpected "}" in label matching, expected label matching operator'],
  ['foo{a=5}', 6, 8, "unexpected character inside braces: '5'"],
  ['foo{__name__="bar" lol}', 19, 22, 'unexpected identifier "lol" in label matching, expected "," or "}"'],
  ['foo{x=~"(a"}', 4, 11, 'error parsing regexp: missing closing ): `(a`'],
  ['{}', 0, 2, 'vector selector must contain at least one non-empty matcher'],
  ['{x=~".*"}', 0, 9, 'vector selector must contain at least one non-empty matcher'],
  ['foo[5mm]', 4, 8, 'bad number or duration syntax: "5mm"'],
  ['foo[0m]', 4, 6, 'duration must be greater than 0'],
  ['foo offset 1h offset 2h', 0, 13, 'offset may not be set multiple times'],
  ['1 == 1', 2, 4, 'comparisons between scalars must use BOOL modifier'],
  ['1 and 1', 0, 7, 'set operator "and" not allowed in binary scalar expression'],
  ['foo and on(bar) group_left(baz) bar', 0, 35, 'no grouping allowed for "and" operation'],
  ['sum()', 0, 5, 'no arguments for aggregate expression provided'],
  ['topk(some_metric, other_metric)', 5, 16, 'expected type scalar in aggregation parameter, got instant vector'],
  ['floor(some_metric, 1)', 0, 21, 'expected 1 argument(s) in call to "floor", got 2'],
  ['nope(x)', 0, 4, 'unknown function with name "nope"'],
  ['rate(some_metric)', 5, 16, 'expected type range vector in call to function rate, got instant vector'],
  ['-"string"', 0, 9, 'unary expression only allowed on expressions of type scalar or instant vector, got "string"'],
  ['(foo + bar{nope="yes"})[5m:1s] offset 1m offset 2m', 0, 40, 'offset may not be set multiple times'],
];
for (const [query, start, end, message] of REFUSED) {
  test(`${JSON.stringify(query)} is refused where and as upstream does`, () => {
    const [first] = diagnose(query, ALL_FEATURES);
    assert.deepEqual(first, { range: { start, end }, message: message.replace('function rate', 'function "rate"') });
  });
}

test('parts behind upstream feature flags are refused unless switched on', () => {
  for (const query of ['limitk(1, x)', 'x[step()]', 'rate(x[5m] anchored)', 'a + fill(0) b', 'info(x)']) {
    assert.equal(diagnose(query).length > 0, true, query);
    assert.deepEqual(diagnose(query, ALL_FEATURES), [], query);
  }
});

test('nesting is bounded: hostile depth is an error, not a crash', () => {
  assert.match(diagnose('('.repeat(100_000))[0]?.message ?? '', /nested deeper|unclosed/);
  assert.match(diagnose('-'.repeat(100_000))[0]?.message ?? '', /nested deeper/);
});

test('no input makes the parser throw anything but its own error', () => {
  const piece = fc.constantFrom(
    'foo',
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '5m',
    '1',
    '"a"',
    '=',
    '=~',
    ',',
    '@',
    'offset',
    'by',
    'sum',
    '+',
    ' ',
    ':',
    'start()',
    '\\',
    '#',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const query = pieces.join('');
      diagnose(query, ALL_FEATURES);
      completionContext(query, query.length);
    }),
    { numRuns: 500 },
  );
});

test('numbers read and print as Go does', () => {
  for (const [text, value] of [
    ['0x1F', 31],
    ['017', 15],
    ['1_000', 1000],
    ['.5', 0.5],
    ['1e3', 1000],
    ['Inf', Infinity],
  ] as const) {
    assert.equal(parseNumber(text), value, text);
  }
  assert.deepEqual([1e21, 1e-7, 0.1, -0, 123456789012345680000].map(formatNumber), [
    '1000000000000000000000',
    '0.0000001',
    '0.1',
    '-0',
    '123456789012345680000',
  ]);
  assert.deepEqual([1e21, 1e-7, 0.0001].map(formatNumberShort), ['1e+21', '1e-07', '0.0001']);
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
      (value) => parseNumber(formatNumber(value)) === value,
    ),
  );
});

test('durations print so that they read back', () => {
  fc.assert(fc.property(fc.nat(), (ms) => parseDuration(formatDuration(ms)) === ms));
  assert.equal(formatDuration(90_061_001), '1d1h1m1s1ms');
});

const COMPLETIONS: readonly (readonly [query: string, kind: string, prefix: string])[] = [
  ['', 'metric', ''],
  ['ra', 'metric', 'ra'],
  ['up{', 'label-name', ''],
  ['up{jo', 'label-name', 'jo'],
  ['up{job="pay', 'label-value', 'pay'],
  ['sum by (', 'label-name', ''],
  ['rate(x[', 'duration', ''],
  ['sum(x) ', 'keyword', ''],
  ['a + ', 'metric', ''],
];
for (const [query, kind, prefix] of COMPLETIONS) {
  test(`after ${JSON.stringify(query)} a ${kind} is expected`, () => {
    const context = completionContext(query, query.length);
    assert.equal(context.expected[0]?.kind, kind);
    assert.equal(context.prefix, prefix);
    assert.equal(context.from, query.length - prefix.length);
  });
}

test('the cases of the official editor grammar parse, or do not, as they say', (t) => {
  const file = resolve(import.meta.dirname, '../../../../shared/conformance/promql/lezer-promql/expression.txt');
  if (!existsSync(file)) {
    t.skip('the conformance data is not there');
    return;
  }
  for (const block of readFileSync(file, 'utf8').split(/^# /m).slice(1)) {
    const [head = '', tree = ''] = block.split('==>');
    const query = head.slice(head.indexOf('\n') + 1).trim();
    assert.equal(diagnose(query, ALL_FEATURES).length > 0, tree.includes('⚠'), query);
  }
});

test('bytes that are no UTF-8 are kept apart from every character and written back as they were', () => {
  for (const literal of ['"a\\xc5z"', '"\\xff"', '"\\xe2\\x82"', '"\\xf0\\x9f\\x98"']) {
    const text = unquote(literal);
    assert.equal(text.isWellFormed(), false, literal);
    assert.equal(quote(text), literal);
  }
  assert.equal(unquote('"\\xc3\\xa9 \\xe2\\x82\\xac \\xf0\\x9f\\x98\\x80"'), 'é € 😀');
});
