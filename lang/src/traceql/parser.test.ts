import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse, TraceqlParseError, TraceqlUnsupportedError } from './index.ts';

const REFUSED: readonly (readonly [query: string, message: string])[] = [
  ['{ attribute = 4 }', 'parse error at line 1, col 3: syntax error: unexpected attribute'],
  ['{ .a = 1', 'parse error at line 1, col 9: syntax error: unexpected $end, expecting }'],
  ['{ .a == 1 }', 'parse error at line 1, col 7: syntax error: unexpected ='],
  ['{ 1 = "foo" }', 'parse error at line 1, col 3: illegal operation for the given types: number = string'],
  ['{ status > ok }', 'parse error at line 1, col 3: illegal operation for the given types: status > status'],
  ['{ 1 + 1 }', 'parse error at line 1, col 3: span filter field expressions must resolve to a boolean'],
  ['{ true } | count()', 'parse error at line 1, col 19: syntax error: unexpected $end'],
  ['{ . }', 'parse error at line 1, col 4: syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER'],
];

for (const [query, message] of REFUSED) {
  test(`refused: ${query}`, () => assert.throws(() => parse(query), { name: 'TraceqlParseError', message }));
}

test('what is not evaluated yet is refused by name and place', () => {
  assert.throws(() => parse('{} | rate()'), {
    name: 'TraceqlUnsupportedError',
    message: 'rate() is not supported yet (at character 6)',
  });
  assert.throws(() => parse('{} >> {}'), {
    message: 'the structural operator >> is not supported yet (at character 4)',
  });
});

test('precedence: comparison binds tighter than &&, that tighter than ||; quoted names keep their dots', () => {
  const { spanset } = parse('{ .a = 1 || span."b c".d = "x" && duration > 1.5s }');
  assert.ok(spanset.kind === 'filter' && spanset.expr?.kind === 'binary');
  assert.equal(spanset.expr.operator, '||');
  const { right } = spanset.expr;
  assert.ok(
    right.kind === 'binary' && right.operator === '&&' && right.left.kind === 'binary' && right.right.kind === 'binary',
  );
  assert.ok(
    right.left.left.kind === 'attribute' && right.left.left.name === 'b c.d' && right.left.left.scope === 'span',
  );
  assert.ok(
    right.right.right.kind === 'static' &&
      right.right.right.static.type === 'duration' &&
      right.right.right.static.value === 1.5e9,
  );
});

const UPSTREAM = new URL('../../../../shared/conformance/traceql/tempo/test_examples.yaml', import.meta.url);

test('of the upstream examples no valid one is called invalid but scalar arithmetic', {
  skip: existsSync(UPSTREAM) ? false : 'upstream inputs are not here',
}, () => {
  const valid = readFileSync(UPSTREAM, 'utf8').split(/^parse_fails:/m)[0] ?? '';
  let parsed = 0;
  for (const [, query = ''] of valid.matchAll(/^ {2}- '((?:[^']|'')*)'/gm)) {
    try {
      parse(query.replaceAll("''", "'"));
      parsed++;
    } catch (error) {
      if (error instanceof TraceqlUnsupportedError) continue;
      assert.ok(error instanceof TraceqlParseError && /^[-(\d]/.test(query), `${query}: ${String(error)}`);
    }
  }
  assert.ok(parsed > 90, `only ${parsed} parsed`);
});
