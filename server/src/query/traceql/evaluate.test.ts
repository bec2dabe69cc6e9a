import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StoredAttributes, StoredSpan } from '../../store/index.ts';
import { summarize } from '../traces/summary.ts';
import { compilePipeline } from './evaluate.ts';
import { parseSearch } from './search_query.ts';
import { traceTree } from './trace_tree.ts';

interface Given {
  readonly id: string;
  readonly parent?: string;
  readonly more?: Partial<StoredSpan>;
  readonly attributes?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

const T0 = 1_790_000_000_000_000_000n;
const MS = 1_000_000n;

function attributesOf(given: Given['attributes'] = {}): StoredAttributes {
  const entries = Object.entries(given);
  const letter = (value: unknown): string =>
    Array.isArray(value)
      ? 'j'
      : typeof value === 'boolean'
        ? 'b'
        : typeof value === 'string'
          ? 's'
          : Number.isInteger(value)
            ? 'i'
            : 'd';
  return {
    pairs: entries.flatMap(([name, value]) => [name, Array.isArray(value) ? JSON.stringify(value) : String(value)]),
    types: entries.map(([, value]) => letter(value)).join(''),
  };
}

function spanOf({ id, parent = '', more = {}, attributes }: Given, index: number): StoredSpan {
  return {
    traceId: '1'.padStart(32, '0'),
    spanId: id,
    parentSpanId: parent,
    traceState: '',
    name: id,
    kind: 'Internal',
    service: 'shop',
    startNs: T0 + BigInt(index) * MS,
    durationNs: 10n * MS,
    status: 'Unset',
    statusMessage: '',
    scopeName: '',
    scopeVersion: '',
    scopeAttributes: { pairs: [], types: '' },
    scopeSchemaUrl: '',
    attributes: attributesOf(attributes),
    resource: { pairs: ['service.name', 'shop', 'region', 'eu'], types: 'ss' },
    resourceSchemaUrl: '',
    events: [],
    links: [],
    numbers: new Map(),
    ...more,
  };
}

/**
 * a ─┬─ b ─┬─ d ── g
 *    │     └─ e
 *    └─ c ── f          o (its parent has not arrived) ── p
 */
const TRACE: readonly StoredSpan[] = (
  [
    {
      id: 'a',
      more: { kind: 'Server', durationNs: 100n * MS },
      attributes: { n: 1, ratio: 0.5, flag: true, who: 'ann' },
    },
    { id: 'b', parent: 'a', attributes: { n: 2, flag: false, who: 'bob' } },
    {
      id: 'c',
      parent: 'a',
      more: { kind: 'Client', status: 'Error', statusMessage: 'declined' },
      attributes: { n: 3 },
    },
    { id: 'd', parent: 'b', attributes: { n: 4, tags: ['red', 'green'] }, more: { durationNs: 20n * MS } },
    { id: 'e', parent: 'b', attributes: { n: '5', region: 'us' } },
    {
      id: 'f',
      parent: 'c',
      more: {
        events: [
          { timeNs: T0 + 6n * MS, name: 'exception', attributes: ['type', 'Boom'], types: 's' },
          { timeNs: T0 + 7n * MS, name: 'retry', attributes: [], types: '' },
        ],
      },
    },
    {
      id: 'g',
      parent: 'd',
      more: { links: [{ traceId: 'ff', spanId: 'ee', traceState: '', attributes: ['why', 'batch'], types: 's' }] },
    },
    { id: 'o', parent: 'gone', more: { scopeName: 'grpc', scopeVersion: '1.2' } },
    { id: 'p', parent: 'o', more: { kind: 'Server' } },
  ] satisfies Given[]
).map(spanOf);

const view = { tree: traceTree(TRACE), summary: summarize('1', TRACE) };

/** The spansets a query selects: `ab c` is {a, b} and {c}; nothing is ''. */
function selected(query: string): string {
  const { stages, text } = parseSearch(query);
  return compilePipeline(
    stages,
    text,
  )(view)
    .map(({ spans }) => spans.map((i) => TRACE[i]?.spanId).join(''))
    .join(' ');
}

type Cases = readonly (readonly [rule: string, query: string, spans: string])[];

const FIELDS: Cases = [
  ['an empty filter is every span', '{}', 'abcdefgop'],
  ['true is every span', '{ true }', 'abcdefgop'],
  ['false is none', '{ false }', ''],
  ['an integer equals an integer', '{ .n = 1 }', 'a'],
  ['an integer equals a float of the same value', '{ .n = 1.0 }', 'a'],
  ['a string of digits is no number', '{ .n = 5 }', ''],
  ['a string of digits is a string', '{ .n = "5" }', 'e'],
  ['order of integers', '{ .n > 2 }', 'cd'],
  ['order takes numbers only among numbers', '{ .n >= 1 }', 'abcd'],
  ['unequal holds where there is a value of the kind', '{ .n != 1 }', 'bcd'],
  ['nothing compares with what is absent', '{ .missing != 1 }', ''],
  ['order of strings is by bytes', '{ .who > "ann" }', 'b'],
  ['a boolean attribute alone', '{ .flag }', 'a'],
  ['a boolean compared', '{ .flag = false }', 'b'],
  ['not of a boolean attribute', '{ !.flag }', 'b'],
  ['not of an absent attribute is not true', '{ !.missing }', ''],
  ['an attribute that is no boolean is not true', '{ .who }', ''],
  ['exists', '{ .who != nil }', 'ab'],
  ['does not exist', '{ .n = nil }', 'fgop'],
  ['nil is neither equal to itself', '{ nil = nil }', ''],
  ['nor unequal', '{ nil != nil }', ''],
  ['nil on the left', '{ nil != .who }', 'ab'],
  ['an intrinsic always exists', '{ name != nil }', 'abcdefgop'],
  ['a pattern matches the whole value', '{ .who =~ "an" }', ''],
  ['a pattern', '{ .who =~ "a.+" }', 'a'],
  ['a negated pattern holds where there is a string', '{ .who !~ "a.+" }', 'b'],
  ['a pattern does not match numbers', '{ .n =~ ".*" }', 'e'],
  ['addition', '{ .n + 1 = 3 }', 'b'],
  ['subtraction', '{ .n - 1 = 3 }', 'd'],
  ['multiplication', '{ .n * 2 = 6 }', 'c'],
  ['integers divide to integers', '{ .n / 2 = 1 }', 'bc'],
  ['a float divides to a float', '{ .n / 2.0 = 1.5 }', 'c'],
  ['an integer divided by zero is nothing', '{ .n / 0 = 0 }', ''],
  ['remainder', '{ .n % 2 = 1 }', 'ac'],
  ['power', '{ .n ^ 2 = 16 }', 'd'],
  ['a sign', '{ -.n = -2 }', 'b'],
  ['a sign of a string is nothing', '{ -.who = 1 }', ''],
  ['both', '{ .n > 1 && .n < 4 }', 'bc'],
  ['either', '{ .n = 1 || .n = 4 }', 'ad'],
  ['&& and || from the left', '{ .n = 1 || .n = 2 && .n = 2 }', 'b'],
  ['parentheses', '{ .n = 1 || (.n = 2 && .n = 3) }', 'a'],
  ['a value of an array equals when one does', '{ .tags = "red" }', 'd'],
  ['unequal asks it of every value', '{ .tags != "red" }', ''],
  ['unequal to all values', '{ .tags != "blue" }', 'd'],
  ['a pattern on an array', '{ .tags =~ "gr.*" }', 'd'],
  ['a negated pattern on an array asks all', '{ .tags !~ "gr.*" }', ''],
  ['the array on the right', '{ "green" = .tags }', 'd'],
];

const SCOPES: Cases = [
  ['span scope', '{ span.region = "us" }', 'e'],
  ['resource scope', '{ resource.region = "eu" }', 'abcdefgop'],
  ['without scope the span goes before the resource', '{ .region = "eu" }', 'abcdfgop'],
  ['the service', '{ resource.service.name = "shop" }', 'abcdefgop'],
  ['a resource attribute is not the span’s', '{ span.service.name = "shop" }', ''],
  ['event attribute', '{ event.type = "Boom" }', 'f'],
  ['without scope events are looked into', '{ .type = "Boom" }', 'f'],
  ['event name, any of several', '{ event:name = "retry" }', 'f'],
  ['event name, unequal to all', '{ event:name != "retry" }', ''],
  ['time of an event since the span began', '{ event:timeSinceStart > 1ms }', 'f'],
  ['link attribute', '{ link.why = "batch" }', 'g'],
  ['linked trace', '{ link:traceID = "ff" }', 'g'],
  ['linked span', '{ link:spanID = "ee" }', 'g'],
  ['instrumentation', '{ instrumentation:name = "grpc" && instrumentation:version = "1.2" }', 'o'],
  ['a quoted name', '{ span."who" = "bob" }', 'b'],
];

const INTRINSICS: Cases = [
  ['name', '{ name = "c" }', 'c'],
  ['span:name', '{ span:name = "c" }', 'c'],
  ['duration', '{ duration > 15ms }', 'ad'],
  ['span:duration', '{ span:duration >= 100ms }', 'a'],
  ['a duration compares with a number of ns', '{ duration = 20000000 }', 'd'],
  ['status', '{ status = error }', 'c'],
  ['status unequal', '{ status != unset }', 'c'],
  ['a status is no string attribute', '{ .who = error }', ''],
  ['status message', '{ statusMessage = "declined" }', 'c'],
  ['kind', '{ kind = server }', 'ap'],
  ['span:kind', '{ span:kind = client }', 'c'],
  ['children', '{ span:childCount = 2 }', 'ab'],
  ['no children', '{ span:childCount = 0 }', 'efgp'],
  ['span id', '{ span:id = "d" }', 'd'],
  ['parent id', '{ span:parentID = "b" }', 'de'],
  ['a root has no parent id', '{ span:parentID = "" }', 'a'],
  ['trace id', '{ trace:id =~ ".*1" }', 'abcdefgop'],
  ['the trace’s duration', '{ traceDuration >= 100ms }', 'abcdefgop'],
  ['trace:duration', '{ trace:duration < 100ms }', ''],
  ['the root’s name', '{ rootName = "a" }', 'abcdefgop'],
  ['trace:rootService', '{ trace:rootService = "shop" }', 'abcdefgop'],
  ['the left number of the root', '{ nestedSetLeft = 1 }', 'a'],
  ['a root’s parent is -1', '{ nestedSetParent = -1 }', 'a'],
  ['the parent’s left number', '{ nestedSetParent = 1 }', 'bc'],
  ['where the parent has not arrived it is 0', '{ nestedSetParent = 0 }', 'o'],
  ['a leaf’s numbers are neighbours', '{ nestedSetRight - nestedSetLeft = 1 }', 'efgp'],
];

const STRUCTURE: Cases = [
  ['both sides, spans of either', '{ name = "a" } && { name = "e" }', 'ae'],
  ['both sides must be there', '{ name = "a" } && { name = "zz" }', ''],
  ['either side', '{ name = "a" } || { name = "zz" }', 'a'],
  ['descendants', '{ name = "b" } >> {}', 'deg'],
  ['descendants of several', '{ name =~ "b|c" } >> {}', 'defg'],
  ['no descendants', '{ name = "g" } >> {}', ''],
  ['descendants need the left side', '{ name = "zz" } >> {}', ''],
  ['ancestors', '{ name = "g" } << {}', 'abd'],
  ['children', '{ name = "a" } > {}', 'bc'],
  ['children that match', '{ name = "a" } > { status = error }', 'c'],
  ['parents', '{ name = "g" } < {}', 'd'],
  ['siblings', '{ name = "d" } ~ {}', 'e'],
  ['a span is no sibling of itself', '{ name = "f" } ~ {}', ''],
  ['siblings of each other', '{ name =~ "d|e" } ~ {}', 'de'],
  ['spans whose parents have not arrived are no siblings', '{ name = "o" } ~ {}', ''],
  ['relations hold where the root has not arrived', '{ name = "o" } >> {}', 'p'],
  ['not descendants', '{ name = "b" } !>> {}', 'abcfop'],
  ['not descendants of nothing is all', '{ name = "zz" } !>> { kind = server }', 'ap'],
  ['not ancestors', '{ name = "g" } !<< {}', 'cefgop'],
  ['not children', '{ name = "a" } !> {}', 'adefgop'],
  ['not parents', '{ name = "g" } !< {}', 'abcefgop'],
  ['not siblings', '{ name = "d" } !~ {}', 'abcdfgop'],
  ['descendants and what they descend from', '{ name =~ "b|f" } &>> {}', 'bdeg'],
  ['ancestors and what they are ancestors of', '{ name =~ "g|a" } &<< {}', 'abdg'],
  ['children and their parents', '{ name =~ "a|g" } &> {}', 'abc'],
  ['parents and their children', '{ name =~ "g|a" } &< {}', 'dg'],
  ['siblings and those they are siblings of', '{ name =~ "d|a" } &~ {}', 'de'],
  ['chains are read from the left', '{ name = "a" } > { name = "b" } > {}', 'de'],
  ['relations bind tighter than &&', '{ name = "a" } && { name = "b" } > { name = "e" }', 'ae'],
  ['pipelines in parentheses', '({} | count() > 1 | { name = "b" }) > ({ name =~ "d|e" } | count() = 2)', 'de'],
];

const PIPELINES: Cases = [
  ['filters one after the other', '{ .n > 1 } | { .n < 3 }', 'b'],
  ['count', '{ .n > 0 } | count() = 4', 'abcd'],
  ['count that does not hold', '{ .n > 0 } | count() > 4', ''],
  ['count first', 'count() = 9 | { name = "a" }', 'a'],
  ['sum', '{} | sum(.n) = 10', 'abcdefgop'],
  ['average', '{} | avg(.n) = 2.5', 'abcdefgop'],
  ['least', '{} | min(.n) = 1', 'abcdefgop'],
  ['most', '{} | max(.n) = 4', 'abcdefgop'],
  ['of an expression', '{} | max(.n * 2) = 8', 'abcdefgop'],
  ['of durations', '{} | max(duration) >= 100ms', 'abcdefgop'],
  ['an aggregate of nothing holds for nothing', '{} | max(.missing) < 1', ''],
  ['groups are spansets', '{ .n > 0 } | by(.n % 2)', 'ac bd'],
  ['of groups those that hold', '{} | by(span:parentID) | count() > 1', 'bc de'],
  ['what is absent is a group', '{ name =~ "a|b|c" } | by(.flag)', 'a b c'],
  ['groups joined again', '{ .n > 0 } | by(.n) | coalesce()', 'abcd'],
  ['select selects fields, not spans', '{ name = "a" } | select(.who, status)', 'a'],
  ['arithmetic in the compared number', '{} | count() > 2 * 4', 'abcdefgop'],
];

for (const [name, cases] of Object.entries({ FIELDS, SCOPES, INTRINSICS, STRUCTURE, PIPELINES }))
  describe(name.toLowerCase(), () => {
    for (const [rule, query, spans] of cases) test(`${rule}: ${query}`, () => assert.equal(selected(query), spans));
  });

test('groups and aggregates are named by the text that asked for them', () => {
  const { stages, text } = parseSearch('{ .n > 0 } | by(.n % 2) | count() > 1');
  assert.deepEqual(
    compilePipeline(stages, text)(view).map(({ attributes }) => attributes),
    [
      [
        ['by(.n % 2)', 1],
        ['count()', 2],
      ],
      [
        ['by(.n % 2)', 0],
        ['count()', 2],
      ],
    ],
  );
});

test('relations between several spansets are refused, as upstream refuses them', () => {
  assert.throws(() => selected('({} | by(.n)) > ({} | by(.n))'), { name: 'TraceqlEvaluationError' });
});

test('a circle of parents is cut, and its spans are still there', () => {
  const circle = [
    spanOf({ id: 'x', parent: 'y' }, 0),
    spanOf({ id: 'y', parent: 'x' }, 1),
    spanOf({ id: 'z', parent: 'z' }, 2),
  ];
  const { stages, text } = parseSearch('{} >> {}');
  const [found] = compilePipeline(stages, text)({ tree: traceTree(circle), summary: summarize('1', circle) });
  assert.equal(found?.spans.length, 1);
});

test('where both sides of a call share an id, the answering side is the child of the asking one', () => {
  const shared = [
    spanOf({ id: 'r' }, 0),
    spanOf({ id: 's', parent: 'r', more: { kind: 'Client', name: 'asking' } }, 1),
    spanOf({ id: 's', parent: 'r', more: { kind: 'Server', name: 'answering' } }, 2),
    spanOf({ id: 't', parent: 's' }, 3),
  ];
  const names = (query: string): (string | undefined)[] => {
    const { stages, text } = parseSearch(query);
    const [found] = compilePipeline(stages, text)({ tree: traceTree(shared), summary: summarize('1', shared) });
    return (found?.spans ?? []).map((i) => shared[i]?.name);
  };
  assert.deepEqual(names('{ name = "asking" } > {}'), ['answering']);
  assert.deepEqual(names('{ name = "answering" } > {}'), ['t']);
});
