import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceOverviewAnswer, TraceSummary } from '@trilith/contract';
import { parse } from '@trilith/lang/traceql';
import fc from 'fast-check';
import {
  conditionTexts,
  type FormConditions,
  fromTraceql,
  toTraceql,
  withCondition,
  withoutCondition,
} from './formQuery.ts';
import { durationAt, errorShares, heightOf, rates } from './overviewSeries.ts';
import { formOf, isDuration, joinAttributes, sortSpans, sortTraces, splitAttributes } from './searchForm.ts';
import { narrowed, readSelection, type Selection, selectionQuery, writeSelection } from './selection.ts';

const empty: FormConditions = { service: '', operation: '', kind: '', status: '', min: '', max: '', attributes: [] };

test('the form reads the URL, attributes keep their spaces', () => {
  const form = formOf(new URLSearchParams('status=error&attr=a%3D1%20b%3D%22two%20words%22&limit=9999'), 'ledger');
  assert.deepEqual(
    [form.service, form.status, form.attributes, form.limit],
    ['ledger', 'error', ['a=1', 'b=two words'], 50],
  );
  assert.deepEqual(splitAttributes(joinAttributes(form.attributes)), form.attributes);
  assert.deepEqual(['', '250ms', '1m30s', '1.5s', '5', 'x'].map(isDuration), [true, true, true, true, false, false]);
});

test('a form and its TraceQL are the same both ways', () => {
  const name = fc.stringMatching(/^[^\s=]{1,12}$/u);
  const key = fc.stringMatching(/^(?:span\.|resource\.|)[a-z][a-z._]{0,10}[a-z]$/);
  const duration = fc.constantFrom('', '250ms', '1.5s', '1m30s');
  fc.assert(
    fc.property(
      fc.record(
        {
          service: fc.oneof(fc.constant(''), name),
          operation: fc.oneof(fc.constant(''), name),
          kind: fc.constantFrom('', 'root', 'server', 'client', 'consumer'),
          status: fc.constantFrom('', 'error', 'ok'),
          min: duration,
          max: duration,
          attributes: fc.array(
            fc
              .tuple(
                key,
                fc.constantFrom('=', '!='),
                fc.oneof(name, fc.constantFrom('500', 'true', '-1.5', '007', '1.50', '-0', '00')),
              )
              .filter(
                ([field]) =>
                  !/^(?:name|status|kind|statusMessage|rootName|rootServiceName)$|service\.name$/.test(field),
              )
              .map((parts) => parts.join('')),
            { maxLength: 3 },
          ),
        },
        { noNullPrototype: true },
      ) as fc.Arbitrary<FormConditions>,
      (form) => {
        const query = toTraceql(form);
        parse(query);
        assert.deepEqual(fromTraceql(query), form, query);
      },
    ),
  );
});

test('a query that says more than a form can has no form', () => {
  for (const query of [
    '{ status = error || name = "a" }',
    '{ } >> { status = error }',
    '{ } | count() > 3',
    '{ name =~ "a.*" }',
    '{ duration > 1s }',
    '{ name = "a" && name = "b" }',
    '{ status = ',
    '{ } | rate()',
  ])
    assert.equal(fromTraceql(query), null, query);
  assert.deepEqual(fromTraceql('{}'), empty);
});

test('a condition is added to a query without changing what the query means', () => {
  assert.equal(withCondition('{ }', 'status = error'), '{ status = error }');
  assert.equal(withCondition('{name="a"}', 'kind = server'), '{ name="a" && kind = server }');
  assert.equal(withCondition('{ a || b }'.replace(/[ab]/g, '.$&'), 'kind = server'), '{ (.a || .b) && kind = server }');
  assert.equal(withCondition('{ .a } >> { .b }', 'kind = server'), '{ .a } >> { .b } | { kind = server }');
  assert.equal(withCondition('{ broken', 'kind = server'), '{ broken');
});

test('a condition is dropped and the others stay', () => {
  const query = '{ name = "a" && (status = error || kind = server) && duration > 1s }';
  const texts = conditionTexts(query);
  assert.equal(texts.length, 3);
  for (const text of texts) {
    const left = withoutCondition(query, text);
    parse(left);
    assert.deepEqual(
      conditionTexts(left),
      texts.filter((one) => one !== text),
    );
  }
  assert.deepEqual(conditionTexts('{ } >> { }'), []);
});

test('a selection survives the address, and is a filter', () => {
  const selections: readonly Selection[] = [
    { kind: 'errors' },
    { kind: 'slow', minMs: 120.5 },
    { kind: 'box', fromMs: 1_790_000_000_000, toMs: 1_790_000_060_000, minMs: 0.25, maxMs: 1500 },
  ];
  for (const selection of selections) {
    assert.deepEqual(readSelection(writeSelection(selection)), selection);
    parse(selectionQuery(selection));
    parse(narrowed('{ .a || .b }', selection));
  }
  assert.equal(selectionQuery(selections[2] as Selection), '{ duration >= 250us && duration < 1.5s }');
  for (const text of ['', 'box:1:2:3', 'box:2:1:3:4', 'slow:x', 'box:a:b:c:d', null])
    assert.equal(readSelection(text), null, String(text));
});

test('found traces and spans are ordered', () => {
  const trace = (startMs: number, durationMs: number, errors: number): TraceSummary => ({
    traceId: '',
    startMs,
    durationMs,
    rootService: '',
    rootOperation: '',
    rootArrived: true,
    spans: 1,
    errors,
    services: [],
    matched: 1,
    found: [
      {
        spanId: '',
        service: '',
        operation: '',
        kind: 'server',
        status: errors > 0 ? 'error' : 'unset',
        startMs,
        durationMs,
        values: [],
      },
    ],
  });
  const traces = [trace(10, 1, 1), trace(20, 100, 0), trace(30, 10, 0)];
  for (const [order, durations] of [
    ['longest', [100, 10, 1]],
    ['newest', [10, 100, 1]],
  ] as const) {
    assert.deepEqual(
      sortTraces(traces, order).map((one) => one.durationMs),
      durations,
    );
    assert.deepEqual(
      sortSpans(traces, order).map(({ span }) => span.durationMs),
      durations,
    );
  }
  assert.deepEqual(
    sortTraces(traces, 'errors').map((one) => one.durationMs),
    [1, 10, 100],
  );
  assert.equal(sortSpans(traces, 'errors')[0]?.span.durationMs, 1);
});

test('heights and durations are each other’s reverse, rates and shares of errors are those of the steps', () => {
  const bands = [
    { lowMs: 1, highMs: 10 },
    { lowMs: 10, highMs: 100 },
  ];
  assert.deepEqual(
    [1, 10, 100, 0.1, 1000].map((ms) => heightOf(ms, bands)),
    [0, 0.5, 1, 0, 1],
  );
  for (const height of [0, 0.25, 0.5, 1])
    assert.ok(Math.abs(heightOf(durationAt(height, bands), bands) - height) < 1e-9);
  const steps = { spans: [10, 0], errors: [5, 0], stepMs: 5000 } as unknown as TraceOverviewAnswer;
  assert.deepEqual(rates(steps), { good: [1, 0], failed: [1, 0] });
  assert.deepEqual(errorShares(steps), [0.5, null]);
});
