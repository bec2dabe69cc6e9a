import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Condition, LuceneError } from './condition.ts';
import { parseQueryString } from './query_string.ts';

function parse(text: string, defaultOperator: 'and' | 'or' = 'or'): Condition {
  return parseQueryString(text, {
    defaultField: 'message',
    defaultOperator,
    time: (date, up) => BigInt(date) + (up ? 9n : 0n),
  });
}

/** A condition as one line, for comparing trees by eye. */
function drawn(condition: Condition): string {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return `(${condition.parts.map(drawn).join(` ${condition.kind} `)})`;
    case 'not':
      return `not ${drawn(condition.part)}`;
    case 'time':
      return `time ${condition.startNs ?? ''}…${condition.endNs ?? ''}`;
    case 'field': {
      const { kind, ...rest } = condition.test;
      return `${condition.field} ${kind}${Object.values(rest).length === 0 ? '' : ` ${Object.values(rest).join(' ')}`}`;
    }
    default:
      return condition.kind;
  }
}

test('query strings are read as Lucene’s syntax says', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a b', '(message word a or message word b)'],
    ['a AND b OR c', '((message word a and message word b) or message word c)'],
    ['a && b || c', '((message word a and message word b) or message word c)'],
    ['NOT a', 'not message word a'],
    ['!a', 'not message word a'],
    ['a -b', '(not message word b and (message word a))'],
    ['+a b -c', '(message word a and not message word c)'],
    ['(a OR b) AND c', '((message word a or message word b) and message word c)'],
    ['f:(a b)', '(f word a or f word b)'],
    ['host.name:node-1', 'host.name equals node-1'],
    ['f:"a b"', 'f word a b'],
    ['"a \\"b\\""~2', 'message word a "b"'],
    ['f:a*', 'f wildcard a* true'],
    ['f:a\\*', 'f word a*'],
    ['f:/a[0-9]/', 'f pattern a[0-9]'],
    ['f:[1 TO 5}', '(f present and f compare >= 1 and f compare < 5)'],
    ['f:["a" TO *]', '(f present and f compare >= a)'],
    ['f:>=5', '(f present and f compare >= 5)'],
    ['@timestamp:[1 TO 5]', 'time 1…15'],
    ['@timestamp:{1 TO 5}', 'time 11…5'],
    ['_exists_:f', 'f present'],
    ['f:*', 'f present'],
    ['*', 'all'],
    ['*:*', 'all'],
    ['*:a', 'message word a'],
    ['f\\*:a', 'f* word a'],
    ['', 'none'],
    ['a^2 b', '(message word a or message word b)'],
    ['status:500', 'status equals 500'],
    ['and or', '(message word and or message word or)'],
  ];
  for (const [text, expected] of cases) assert.equal(drawn(parse(text)), expected, text);
  assert.equal(drawn(parse('a b', 'and')), '(message word a and message word b)');
  assert.equal(drawn(parse('a OR b c', 'and')), '(message word a or (message word b and message word c))');
});

test('what is no query is refused with its place', () => {
  for (const text of ['(', ')', 'a AND', 'AND a', 'f:', '"a', '/a', '[1 TO', 'f:[1 2]', 'a~', '+', '((a)'])
    assert.throws(() => parse(text), LuceneError, text);
  assert.throws(() => parse(`${'('.repeat(100)}a${')'.repeat(100)}`), /deeper than 64/);
  assert.throws(() => parse('x'.repeat(40_000)), /32768 characters/);
  assert.throws(() => parse('a '.repeat(1_025)), /more than 1024 clauses/);
});

test('any text is read or refused, and quickly', () => {
  const piece = fc.constantFrom(
    'a',
    ' ',
    ':',
    '(',
    ')',
    '"',
    '/',
    '[',
    ']',
    '{',
    '}',
    ' TO ',
    ' AND ',
    ' OR ',
    ' NOT ',
    '+',
    '-',
    '!',
    '*',
    '?',
    '\\',
    '^2',
    '~',
    '>=',
    'ж',
    '\u0000',
    '&&',
    '||',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      try {
        parse(pieces.join(''));
      } catch (error) {
        assert.ok(error instanceof LuceneError || error instanceof SyntaxError, String(error));
      }
    }),
    { numRuns: 3_000 },
  );
  const started = performance.now();
  for (const long of [
    'a '.repeat(16_000),
    '"'.repeat(32_000),
    '['.repeat(32_000),
    'a:'.repeat(16_000),
    '\\'.repeat(32_000),
  ])
    try {
      parse(long);
    } catch (error) {
      assert.ok(error instanceof LuceneError, String(error));
    }
  assert.ok(performance.now() - started < 5_000);
});
