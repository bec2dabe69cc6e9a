import assert from 'node:assert/strict';
import { test } from 'node:test';
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
    weight: 1,
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

/** The rules of the language are shown by conformance/src/traceql_cases; here is what its fixtures cannot show. */
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
