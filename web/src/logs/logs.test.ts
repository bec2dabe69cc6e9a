import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@trilith/lang/logql';
import fc from 'fast-check';
import { contextSelectors, streamSelector } from './contextSelectors.ts';
import { fieldsOf, previewOf } from './lineView.ts';
import { addCondition, dropLast, linesOf, needles, parsed } from './refine.ts';
import { fieldOf, levelOf, rowsOf } from './rows.ts';
import { completed, isLogql, toLogql, wordAt } from './searchText.ts';

const plain = { caseSensitive: false, wholeWord: false, regex: false };
const exact = { ...plain, caseSensitive: true };
const texts: readonly [string, typeof plain, string, string][] = [
  ['', plain, '', '{service=~".+"}'],
  ['', plain, 'ledger', '{service="ledger"}'],
  ['timeout', plain, '', '{service=~".+"} |~ "(?i)timeout"'],
  ['card_declined', exact, 'payments-api', '{service="payments-api"} |= "card_declined"'],
  ['"two words" -debug', exact, '', '{service=~".+"} |= "two words" != "debug"'],
  ['a.b', { ...plain, wholeWord: true }, '', '{service=~".+"} |~ "(?i)\\\\ba\\\\.b\\\\b"'],
  ['tim(e|ing) out', { ...exact, regex: true }, '', '{service=~".+"} |~ "tim(e|ing) out"'],
  ['level:error service:ledger', plain, '', '{level="ERROR", service="ledger"}'],
  ['-level:debug', plain, '', '{service=~".+", level!="DEBUG"}'],
  ['user_id:u-17', plain, 'a', '{service="a"} | user_id="u-17"'],
  ['amount:10 user_id:u-17', plain, 'a', '{service="a"} | json | amount="10" | user_id="u-17"'],
  ['http://x', exact, '', '{service=~".+"} |= "http://x"'],
  ['{app="x"} |= "y"', plain, 'ledger', '{app="x"} |= "y"'],
  ['404', plain, '', '{service=~".+"} |~ "(?i)404"'],
  ['2026-11-23', exact, '', '{service=~".+"} |= "2026-11-23"'],
  ['offset:17 amount:10', plain, 'a', '{service="a"} | json offset_="offset" | json | offset_="17" | amount="10"'],
  ['rate({app="x"}[1m])', plain, '', 'rate({app="x"}[1m])'],
];
for (const [text, options, scope, want] of texts) {
  test(`the text "${text}" becomes ${want}`, () => {
    assert.equal(toLogql(text, options, scope), want);
    parse(want);
  });
}

test('an aggregation that is begun is LogQL although it does not parse, words beside braces are not', () => {
  assert.equal(isLogql('sum by (pod) (rate({app="x"}[1m])'), true);
  assert.equal(isLogql('count of {things}'), false);
  assert.equal(isLogql('1 + 1'), false);
});

test('the lines a metric query is about, each selection once', () => {
  const of = (query: string): readonly string[] => {
    const expr = parsed(query);
    return expr === null ? [] : linesOf(expr);
  };
  assert.deepEqual(of('sum(rate({a="b"} |= "x" | json | unwrap y [1m])) / sum(rate({a="b"}[1m]))'), [
    '{a="b"} |= "x" | json',
    '{a="b"}',
  ]);
  assert.deepEqual(of('topk(3, sum by (c) (rate({a="b"}[1m]))) > 2 * sum(rate({a="b"}[1m]))'), ['{a="b"}']);
});

test('whatever words are typed, what they become is LogQL', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.boolean(),
      fc.boolean(),
      (text, caseSensitive, wholeWord) => {
        const become = toLogql(text, { caseSensitive, wholeWord, regex: false }, '');
        if (!text.trim().startsWith('{')) parse(become);
      },
    ),
  );
});

const label = (field: string, value: string, negated = false) => ({ field, origin: 'label' as const, value, negated });
const inLine = (field: string, value: string) => ({ field, origin: 'parsed' as const, value, negated: false });
const conditions: readonly [string, Parameters<typeof addCondition>[1], string][] = [
  ['{service="a"}', inLine('offset', '17'), '{service="a"} | json offset_="offset" | offset_="17"'],
  ['{service="a"}', label('level', 'ERROR'), '{service="a", level="ERROR"}'],
  ['{service="a"} |= "x"', label('service', 'b'), '{service="b"} |= "x"'],
  ['{service=~".+"}', label('service', 'b'), '{service="b"}'],
  ['{service="a"}', label('service_name', 'b'), '{service="b"}'],
  ['{service=~".+"}', label('service', 'b', true), '{service=~".+", service!="b"}'],
  [
    '{service="a"}',
    { field: 'user_id', origin: 'metadata', value: 'u"1', negated: false },
    '{service="a"} | user_id="u\\"1"',
  ],
  [
    '{service="a"}',
    { field: 'amount', origin: 'parsed', value: '10', negated: true },
    '{service="a"} | json | amount!="10"',
  ],
  [
    '{service="a"} | json',
    { field: 'http.route', origin: 'parsed', value: '/', negated: false },
    '{service="a"} | json | http_route="/"',
  ],
  [
    '{service="a"} | user_id="u"',
    { field: 'user_id', origin: 'metadata', value: 'u', negated: true },
    '{service="a"} | user_id!="u"',
  ],
  [
    '{service="a"}',
    { field: 'detected_level', origin: 'metadata', value: 'info', negated: false },
    '{service="a"} | level="INFO"',
  ],
  ['{broken', label('a', 'b'), '{broken'],
];
for (const [query, condition, want] of conditions) {
  test(`${query} with ${condition.field}${condition.negated ? '!=' : '='}${condition.value} is ${want}`, () =>
    assert.equal(addCondition(query, condition), want));
}

test('the last condition can be dropped until one matcher is left', () => {
  assert.equal(dropLast('{service="a", level="ERROR"} |= "x"'), '{service="a", level="ERROR"}');
  assert.equal(dropLast('{service="a", level="ERROR"}'), '{service="a"}');
  assert.equal(dropLast('{service="a"}'), null);
});

test('what the query looks for literally is marked', () => {
  assert.deepEqual(needles('{a="b"} |= "x" |~ "(?i)card\\\\.no" |~ "a.*b" != "y"'), ['x', 'card.no']);
});

test('rows have stream, level and trace id, the record’s own or the one in the text', () => {
  const id = '0af7651916cd43dd8448eb211c80319c';
  const line = { stream: 0, level: '', traceId: null, spanId: null, metadata: {}, parsed: {} };
  const rows = rowsOf({
    streams: [{ service: 'a', labels: { pod: 'p' } }],
    lines: [
      { ...line, id: '1000000000000000003.f.x', timeNs: '1000000000000000003', line: 'x', traceId: id },
      { ...line, id: '1000000000000000002.f.y', timeNs: '1000000000000000002', line: `{"trace_id":"${id}"}` },
      {
        ...line,
        id: '1000000000000000001.f.z',
        timeNs: '1000000000000000001',
        line: '{"http":{"status":402}}',
        level: 'CRITICAL',
        metadata: { detected_level: 'critical', user: 'u' },
      },
    ],
  });
  assert.deepEqual(
    rows.map((row) => [row.cursor, row.service, row.level, row.traceId]),
    [
      ['1000000000000000003.f', 'a', 'unknown', id],
      ['1000000000000000002.f', 'a', 'unknown', id],
      ['1000000000000000001.f', 'a', 'fatal', null],
    ],
  );
  const [, , last] = rows;
  assert.ok(last !== undefined);
  assert.deepEqual(
    ['user', 'pod', 'http_status', 'level', 'service', 'none'].map((name) => fieldOf(last, name)),
    ['u', 'p', '402', 'fatal', 'a', ''],
  );
});

test('the word at the caret is a key or the value of one, and is completed with colon or quotes', () => {
  assert.equal(wordAt('a "b c', 6), null);
  assert.deepEqual(wordAt('timeout -lev', 12), { from: 9, to: 12, key: '', typed: 'lev' });
  const value = wordAt('level:er x', 8);
  assert.deepEqual(value, { from: 6, to: 8, key: 'level', typed: 'er' });
  assert.ok(value !== null);
  assert.deepEqual(completed('level:er x', value, 'ERROR'), { text: 'level:ERROR x', caret: 12 });
  assert.deepEqual(completed('level:er', value, 'two words'), { text: 'level:"two words" ', caret: 18 });
  assert.deepEqual(completed('se', { from: 0, to: 2, key: '', typed: 'se' }, 'service'), {
    text: 'service:',
    caret: 8,
  });
});

test('levels are read from the words loggers use', () => {
  assert.deepEqual(['ERROR', 'warning', 'Information', 'CRITICAL', 'DBG', ''].map(levelOf), [
    'error',
    'warn',
    'info',
    'fatal',
    'debug',
    'unknown',
  ]);
});

test('a stream is named by its place, not by ids of the event', () => {
  assert.equal(
    streamSelector({ service: 'a', service_name: 'a', trace_id: 'x', pod: 'p-1', level: 'ERROR' }),
    '{service="a", pod="p-1"}',
  );
  assert.deepEqual(
    [...contextSelectors({ labels: { service: 'a', pod: 'p' }, service: 'a', traceId: 'ab' })],
    [
      ['stream', '{service="a", pod="p"}'],
      ['pod', '{pod="p"}'],
      ['trace', '{service=~".+"} | trace_id="ab"'],
    ],
  );
});

test('a JSON line previews as its message and the rest', () => {
  assert.deepEqual(previewOf('{"level":"info","msg":"paid","amount":10,"user":{"id":1}}'), {
    message: 'paid',
    rest: 'amount=10 user={"id":1}',
    folded: 0,
  });
  assert.equal(previewOf('{"msg":"paid","trace_id":"y","pod":"other"}', { trace_id: 'y', pod: 'p' }).rest, 'pod=other');
  assert.equal(previewOf('answered', { service_name: 'a', path: '/x', trace_id: 'y' }).rest, 'path=/x');
  assert.deepEqual(fieldsOf('{"a":{"b.c":1},"d":"x"}'), [
    ['a_b_c', '1'],
    ['d', 'x'],
  ]);
  assert.deepEqual(fieldsOf('{broken}'), []);
});

test('of several lines the first is shown and the others are counted, whole without repeated frames', () => {
  const trace = 'E: x\n\tat a\n\tat b\n\tat c\n\tat d\nCaused by: y\n';
  assert.deepEqual(previewOf(trace), { message: 'E: x', folded: 5, rest: '' });
  assert.deepEqual(previewOf(trace, {}, true), { message: 'E: x\n\tat a\n\tat b\nCaused by: y', folded: 2, rest: '' });
});
