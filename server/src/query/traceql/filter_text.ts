import fc from 'fast-check';

/** Fields of generated_spans.ts, and some that no span has. */
const field = fc.constantFrom(
  '.n',
  'span.n',
  'resource.n',
  '.w',
  'span.w',
  'resource.w',
  '.only',
  '.missing',
  'resource.service.name',
  '.service.name',
  'name',
  'statusMessage',
);
const number = fc.constantFrom('.n', 'span.n', 'resource.n', 'duration', '.w');
const operator = fc.constantFrom('=', '!=', '>', '>=', '<', '<=');
const text = fc.constantFrom('"x"', '"y"', '"x y"', '""', '"3"', '"shop"', '"get"', '"of the resource"', '"true"');
const literal = fc.constantFrom('0', '3', '2.5', '-1', '4', '2s', '2500ms', '0.5');
const pattern = fc.constantFrom('"x|y"', '"x.*"', '".*e.*"', '"(?i)SHOP"', '""', '"[0-9]+"');

const comparison: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(field, operator, text).map((parts) => parts.join(' ')),
  fc.tuple(text, operator, field).map((parts) => parts.join(' ')),
  fc.tuple(number, operator, literal).map((parts) => parts.join(' ')),
  fc.tuple(literal, operator, number).map((parts) => parts.join(' ')),
  fc.tuple(field, fc.constantFrom('=~', '!~'), pattern).map((parts) => parts.join(' ')),
  fc
    .tuple(fc.constantFrom('.n', 'span.n', '.w'), fc.constantFrom('=', '!='), fc.constantFrom('true', 'false', 'nil'))
    .map((parts) => parts.join(' ')),
  fc.constantFrom(
    'status = error',
    'status != ok',
    'kind = server',
    'kind != client',
    '.n = error',
    '.n',
    '!.n',
    '!(.n = 3)',
    'true',
    'false',
    'nestedSetParent < 0',
    'name != nil',
    'span:id != ""',
    '.n + 1 = 4',
    'event.w = "x"',
    'event:name = "said"',
  ),
);

/** What may stand between the braces of a filter: comparisons, also of types that do not go together, and what joins them. */
export const filterText: fc.Arbitrary<string> = fc.letrec<{ expr: string }>((tie) => ({
  expr: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison,
    fc.tuple(tie('expr'), fc.constantFrom('&&', '||'), tie('expr')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('expr').map((inner) => `!(${inner})`),
  ),
})).expr;
