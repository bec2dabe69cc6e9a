import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@trilith/lang/logql';
import fc from 'fast-check';
import { fieldsOf, previewOf } from './lineView.ts';
import { addCondition, dropLast, markParts, needles } from './refine.ts';
import { type LogRow, levelOf, mergeRows, nextPageEnd, rowsOf, streamSelector } from './rows.ts';
import { toLogql } from './searchText.ts';

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
];
for (const [text, options, scope, want] of texts) {
  test(`the text "${text}" becomes ${want}`, () => {
    assert.equal(toLogql(text, options, scope), want);
    parse(want);
  });
}

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
const conditions: readonly [string, Parameters<typeof addCondition>[1], string][] = [
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

test('what was searched for is marked, upper and lower case alike', () => {
  assert.deepEqual(needles('{a="b"} |= "x" |~ "(?i)card\\\\.no" |~ "a.*b" != "y"'), ['x', 'card.no']);
  assert.deepEqual(markParts('a Timeout timeout', ['timeout']), [
    { text: 'a ', marked: false },
    { text: 'Timeout', marked: true },
    { text: ' ', marked: false },
    { text: 'timeout', marked: true },
  ]);
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }), (line, wanted) =>
      assert.equal(
        markParts(line, wanted)
          .map((part) => part.text)
          .join(''),
        line,
      ),
    ),
  );
});

test('rows come newest first with service, level and trace id', () => {
  const id = '0af7651916cd43dd8448eb211c80319c';
  const rows = rowsOf({
    data: {
      resultType: 'streams',
      result: [
        { stream: { service: 'a', level: 'CRITICAL' }, values: [['1000000000000000001', 'x']] },
        {
          stream: { service_name: 'b' },
          values: [
            ['1000000000000000002', `{"trace_id":"${id}"}`],
            ['1000000000000000003', 'z', { structuredMetadata: { trace_id: id } }],
          ],
        },
      ],
    },
    warnings: [],
  });
  assert.deepEqual(
    rows.map((row) => [row.service, row.level, row.traceId]),
    [
      ['b', 'unknown', id],
      ['b', 'unknown', id],
      ['a', 'fatal', null],
    ],
  );
});

const row = (timeNs: string, id = timeNs): LogRow => ({
  id,
  timeNs,
  ms: 0,
  line: '',
  labels: {},
  service: '',
  level: 'info',
  traceId: null,
});

test('the next page repeats the oldest time, so lines sharing it are not lost, and duplicates merge away', () => {
  assert.equal(nextPageEnd([row('30'), row('20')], 2), '21');
  assert.equal(nextPageEnd([row('20', 'a'), row('20', 'b')], 2), '20');
  assert.equal(nextPageEnd([row('20')], 2), null);
  assert.deepEqual(
    mergeRows([
      [row('30'), row('20')],
      [row('20'), row('10')],
    ]).map((one) => one.timeNs),
    ['30', '20', '10'],
  );
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
});

test('a JSON line previews as its message and the rest', () => {
  assert.deepEqual(previewOf('{"level":"info","msg":"paid","amount":10,"user":{"id":1}}'), {
    message: 'paid',
    rest: 'amount=10 user={"id":1}',
  });
  assert.deepEqual(previewOf('{"msg":"paid","trace_id":"y","pod":"other"}', { trace_id: 'y', pod: 'p' }), {
    message: 'paid',
    rest: 'pod=other',
  });
  assert.deepEqual(previewOf('answered', { service_name: 'a', path: '/x', trace_id: 'y' }), {
    message: 'answered',
    rest: 'path=/x',
  });
  assert.deepEqual(previewOf('\u001b[31mred\u001b[0m {'), { message: 'red {', rest: '' });
  assert.deepEqual(fieldsOf('{"a":{"b.c":1},"d":"x"}'), [
    ['a_b_c', '1'],
    ['d', 'x'],
  ]);
  assert.deepEqual(fieldsOf('{broken}'), []);
});
