import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { LogqlParseError, parse, print } from './index.ts';

const CONFORMANCE = new URL('../../../../shared/conformance/logql/', import.meta.url);
const skip = existsSync(CONFORMANCE) ? false : 'upstream inputs are not here (../shared/conformance/logql)';

function withoutSpans(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, v) => (key === 'span' ? undefined : v)));
}

function parses(query: string): boolean {
  try {
    parse(query, { allowAnySelector: true });
    return true;
  } catch (error) {
    if (error instanceof LogqlParseError) return false;
    throw error;
  }
}

function roundTrips(query: string): void {
  const tree = parse(query, { allowAnySelector: true });
  const again = parse(print(tree), { allowAnySelector: true });
  assert.deepEqual(withoutSpans(again), withoutSpans(tree), `${query} → ${print(tree)}`);
}

/** What the editor's grammar accepts or refuses otherwise than Loki itself: bare durations and sizes are no queries. */
const LITERALS_ONLY_IN_THE_EDITOR = /^-?\d[\dA-Za-z.]*$/;
/** Loki refuses it, the editor does not know why it should. */
const SORT_WITH_GROUPING = /^sort.* (by|without) \(/;

test('the cases of the editor grammar are parsed or refused alike', { skip }, () => {
  const text = readFileSync(new URL('lezer-logql/expression.txt', CONFORMANCE), 'utf8');
  let seen = 0;
  for (const block of text.split(/^# /m).slice(1)) {
    const [head = '', tree = ''] = block.split('==>');
    const query = head.split('\n').slice(1).join('\n').trim();
    if (query === '' || LITERALS_ONLY_IN_THE_EDITOR.test(query) || SORT_WITH_GROUPING.test(query)) continue;
    seen++;
    assert.equal(parses(query), !tree.includes('⚠'), query);
    if (!tree.includes('⚠')) roundTrips(query);
  }
  assert.ok(seen > 60, `only ${seen} cases found`);
});

test('every upstream evaluation parses, prints and parses to the same tree', { skip }, () => {
  const folder = new URL('logqltest/', CONFORMANCE);
  let seen = 0;
  for (const name of readdirSync(folder).filter((n) => n.endsWith('.logqltest'))) {
    const lines = readFileSync(new URL(name, folder), 'utf8').split('\n');
    lines.forEach((line, i) => {
      const match = /^eval (?:instant at \S+|range from \S+ to \S+ step \S+) (.*)$/.exec(line);
      if (match === null || /^\s+expect fail/.test(lines[i + 1] ?? '')) return;
      seen++;
      roundTrips(match[1] ?? '');
    });
  }
  assert.ok(seen > 900, `only ${seen} evaluations found`);
});

const REFUSED: readonly (readonly [query: string, message: string])[] = [
  ['unk({ foo = "bar" }[5m])', 'parse error at line 1, col 1: syntax error: unexpected IDENTIFIER'],
  [
    'absent_over_time({ foo = "bar" }[5h]) by (foo)',
    'parse error : grouping not allowed for absent_over_time aggregation',
  ],
  ['rate({ foo = "bar" }[5minutes])', 'parse error at line 1, col 21: unknown unit "minutes" in duration "5minutes"'],
  [
    'label_replace(rate({ foo = "bar" }[5m]),"")',
    'parse error at line 1, col 43: syntax error: unexpected ), expecting ,',
  ],
  ['rate({ foo = "bar" }[5)', "parse error at line 1, col 21: missing closing ']' in duration"],
  ['min({ foo = "bar" }[5m])', 'parse error at line 1, col 20: syntax error: unexpected RANGE'],
  ['{foo="bar"} |= "line', 'parse error at line 1, col 16: literal not terminated'],
  ['{foo="bar",}', 'parse error at line 1, col 12: syntax error: unexpected }, expecting IDENTIFIER'],
  ['{foo="bar"} | regexp', 'parse error at line 1, col 21: syntax error: unexpected $end, expecting STRING'],
  ['{foo="bar"}\n| json | x >', 'parse error at line 2, col 13: syntax error: unexpected $end'],
  ['1 and 2', 'parse error : unexpected literal for left leg of logical/set binary operation (and): 1.000000'],
  ['0x1A', 'parse error : unable to parse literal as a float: strconv.ParseFloat: parsing "0x1A": invalid syntax'],
  ['topk(1.5, rate({a="b"}[1m]))', 'parse error : invalid parameter topk(1.5,'],
  ['topk(rate({a="b"}[1m]))', 'parse error : parameter required for operation topk'],
  ['-rate({a="b"}[1m])', 'parse error at line 1, col 2: syntax error: unexpected RATE, expecting NUMBER'],
  ['count_over_time({a="b"} | unwrap x [1m])', 'parse error : invalid aggregation count_over_time with unwrap'],
  ['{a="b"} | logfmt | addr>=ip("1.2.3.4")', 'parse error at line 1, col 26: syntax error: unexpected ip'],
];

for (const [query, message] of REFUSED) {
  test(`refused in upstream's words: ${query.replaceAll('\n', '⏎')}`, () => {
    assert.throws(() => parse(query), { name: 'LogqlParseError', message });
  });
}

test('a query that could match every stream is refused unless allowed', () => {
  for (const query of ['{}', '{a=""}', '{a=~".*"}', '{a!="b"}']) {
    assert.throws(() => parse(query), /at least one regexp or equality matcher/);
    assert.equal(parse(query, { allowAnySelector: true }).kind, 'log');
  }
});

test('and binds tighter than or; a comma takes everything behind it', () => {
  const shape = (query: string): string => print(parse(`{a="b"} | ${query}`)).slice('{a="b"} | '.length);
  assert.equal(shape('x="1" or y="2" and z="3"'), '(x="1" or (y="2" and z="3"))');
  assert.equal(shape('x="1" and y="2" or z="3"'), '((x="1" and y="2") or z="3")');
  assert.equal(shape('x="1", y="2" or z="3"'), '(x="1" and (y="2" or z="3"))');
  assert.equal(shape('x="1" y="2"'), '(x="1" and y="2")');
});

test('arithmetic follows the usual precedence and powers group to the right', () => {
  assert.equal(print(parse('1 + 2 * 3 ^ 2 ^ 2 - vector(4)')), '((1 + (2 * (3 ^ (2 ^ 2)))) - vector(4))');
});

test('deep nesting is refused, not a stack overflow', () => {
  assert.throws(() => parse(`${'('.repeat(50_000)}1`), /nested deeper/);
});

const name = fc.constantFrom('app', 'level', 'trace_id', 'ü_x', '_a9');
const value = fc.string({ unit: 'grapheme' }).filter((s) => s.isWellFormed());
const matcher = fc.record({ name, operator: fc.constantFrom('=', '!=', '=~', '!~'), value });
const stage = fc.oneof(
  fc.record({
    kind: fc.constant('line_filter'),
    operator: fc.constantFrom('|=', '!=', '|~', '!~', '|>', '!>'),
    needles: fc.array(fc.record({ ip: fc.boolean(), value }), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('json'),
    extractions: fc.array(fc.record({ name, expression: value }), { maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant('label_filter'), filter: fc.record({ kind: fc.constant('match'), matcher }) }),
  fc.record({
    kind: fc.constant('label_filter'),
    filter: fc.record({
      kind: fc.constantFrom('duration', 'bytes'),
      name,
      operator: fc.constantFrom('=', '!=', '>', '>=', '<', '<='),
      value: fc.integer({ min: 1, max: 2 ** 40 }),
    }),
  }),
);

test('any generated log query prints to text that parses to the same tree', () => {
  fc.assert(
    fc.property(
      fc.array(matcher, { minLength: 1, maxLength: 3 }),
      fc.array(stage, { maxLength: 4 }),
      (matchers, stages) => {
        const tree = { kind: 'log' as const, matchers, stages } as unknown as Extract<
          ReturnType<typeof parse>,
          { kind: 'log' }
        >;
        assert.deepEqual(
          withoutSpans(parse(print(tree), { allowAnySelector: true })),
          JSON.parse(JSON.stringify(tree)),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('no text makes the parser fail otherwise than with its own error', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    'a',
    '=',
    '"x"',
    '|',
    '|=',
    'json',
    '(',
    ')',
    '[5m]',
    'sum',
    'by',
    'rate',
    ',',
    '5m',
    '-',
    '`',
    'or',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 }))), (parts) => {
      parses(parts.join(' '));
    }),
    { numRuns: 1000 },
  );
});
