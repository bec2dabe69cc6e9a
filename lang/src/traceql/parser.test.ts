import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from './index.ts';

const REFUSED: readonly (readonly [query: string, name: string, message: string])[] = [
  ['{ attribute = 4 }', 'TraceqlParseError', 'parse error at line 1, col 3: unknown identifier: attribute'],
  ['{ .a = 1', 'TraceqlParseError', 'parse error at line 1, col 9: syntax error: unexpected $end, expecting }'],
  ['{ .a == 1 }', 'TraceqlParseError', 'parse error at line 1, col 7: syntax error: unexpected ='],
  ['{ true } | count()', 'TraceqlParseError', 'parse error at line 1, col 19: syntax error: unexpected $end'],
  [
    '{ . }',
    'TraceqlParseError',
    'parse error at line 1, col 4: syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER',
  ],
  ['{ "a }', 'TraceqlParseError', 'parse error at line 1, col 3: syntax error: literal not terminated'],
  ['{ ."a\\n" = 1 }', 'TraceqlParseError', 'parse error at line 1, col 4: invalid escape sequence'],
  [
    '({} | rate()) * 10s',
    'TraceqlParseError',
    'parse error at line 1, col 17: duration cannot be used in scalar arithmetic',
  ],
  ['{} | rate() > 1 / 0', 'TraceqlParseError', 'parse error at line 1, col 15: integer divide by zero'],
  [
    `${'('.repeat(200)}{}`,
    'TraceqlParseError',
    'parse error at line 1, col 51: expression nested deeper than 100 levels',
  ],
  ['{ 1 = "foo" }', 'TraceqlCheckError', 'binary operations must operate on the same type: int = string'],
  ['{ status > ok }', 'TraceqlCheckError', 'illegal operation for the given types: status > status'],
  ['{ 1 + 1 }', 'TraceqlCheckError', 'span filter field expressions must resolve to a boolean'],
  ['{ span.a =~ "[" }', 'TraceqlCheckError', 'invalid regex: ['],
  ['{} | quantile_over_time(duration, 1.5)', 'TraceqlCheckError', 'quantile must be between 0 and 1: 1.5'],
  ['{ parent.a = 1 }', 'TraceqlUnsupportedError', 'parent not yet supported'],
];

for (const [query, name, message] of REFUSED)
  test(`refused: ${query.slice(0, 60)}`, () => assert.throws(() => parse(query), { name, message }));

function fieldOf(query: string) {
  const { stages } = parse(query) as Extract<ReturnType<typeof parse>, { kind: 'search' }>;
  const [first] = stages;
  assert.ok(first?.kind === 'filter' && first.expr !== undefined);
  return first.expr;
}

test('precedence: && and || bind alike from the left, comparison tighter; quoted names keep their dots', () => {
  const expr = fieldOf('{ .a = 1 || span."b c".d = "x" && duration > 1.5s }');
  assert.ok(expr.kind === 'binary' && expr.operator === '&&');
  const { left, right } = expr;
  assert.ok(left.kind === 'binary' && left.operator === '||' && left.right.kind === 'binary');
  assert.ok(left.right.left.kind === 'attribute' && left.right.left.name === 'b c.d');
  assert.equal(left.right.left.scope, 'span');
  assert.ok(right.kind === 'binary' && right.right.kind === 'static');
  assert.deepEqual(right.right.static, { type: 'duration', value: 1.5e9 });
});

test('a sign takes the product behind it, a negation the value', () => {
  const product = fieldOf('{ -.a * 2 = 1 }');
  assert.ok(product.kind === 'binary' && product.left.kind === 'unary' && product.left.operand.kind === 'binary');
  const both = fieldOf('{ !.a && .b }');
  assert.ok(both.kind === 'binary' && both.operator === '&&' && both.left.kind === 'unary');
});

test('structural operators and && of spansets are read from the left, by level', () => {
  const query = parse('{ .a } && { .b } >> { .c }');
  assert.ok(query.kind === 'search');
  const [stage] = query.stages;
  assert.ok(stage?.kind === 'combine' && stage.operator === '&&');
  assert.ok(stage.right.kind === 'combine' && stage.right.operator === '>>');
});

test('arithmetic on numbers is done when it is read, whole numbers staying whole', () => {
  const query = parse('({} | rate()) * 10 + 7 / 2 > 50 | topk(1)');
  assert.ok(query.kind === 'metrics' && query.expr.kind === 'arithmetic');
  assert.equal(query.expr.right, 3);
  assert.deepEqual(
    query.expr.seriesStages.map(({ kind }) => kind),
    ['compare', 'topk'],
  );
});

test('a metrics query keeps its groups, quantiles and hints', () => {
  const query = parse(
    '{ .a } | quantile_over_time(duration, .5, 1) by (span.x, name) with (exemplars=true, sample=0.1)',
  );
  assert.ok(query.kind === 'metrics' && query.expr.kind === 'aggregate' && query.expr.aggregate.kind === 'series');
  const { quantiles, by, field } = query.expr.aggregate;
  assert.deepEqual([quantiles, by.length, field?.kind], [[0.5, 1], 2, 'intrinsic']);
  assert.deepEqual(query.hints, [
    { name: 'exemplars', value: { type: 'bool', value: true } },
    { name: 'sample', value: { type: 'float', value: 0.1 } },
  ]);
});
