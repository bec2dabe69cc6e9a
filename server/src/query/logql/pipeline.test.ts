import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@trilith/lang/logql';
import { labelsToRecord } from '../../model/labels.ts';
import { compilePipeline } from './pipeline.ts';
import { streamLabels } from './row_labels.ts';

/** The labels (without the stream's own app) and line a record leaves a pipeline with; undefined when it is dropped. */
function run(stages: string, line: string): { labels: Record<string, string>; line: string } | undefined {
  const expr = parse(`{app="a"} ${stages}`);
  assert.ok(expr.kind === 'log');
  const row = compilePipeline(expr.stages).run(streamLabels(['app', 'a']), [], line, 0n);
  if (row === undefined) return undefined;
  const { app: _, ...labels } = labelsToRecord(row.labels.result());
  return { labels, line: row.line };
}

const CASES: readonly (readonly [stages: string, line: string, labels: Record<string, string> | undefined])[] = [
  [
    '| json',
    '{"a":{"b c":1.50},"d":[1],"e":null,"f":"x\\"y\\u00e9","app":"other"}',
    { a_b_c: '1.50', f: 'x"yé', app_extracted: 'other' },
  ],
  [
    '| json',
    '{"a":1',
    {
      __error__: 'JSONParserErr',
      __error_details__: "Value is array, but can't find closing ']' symbol",
      a: '1',
    },
  ],
  ['| json x="a[1].b", y="c"', '{"a":[0,{"b":{"k":2}}],"c":"z"}', { x: '{"k":2}', y: 'z' }],
  ['| json x="a", y="b.c"', '{"a":1,"b":{"c":2,"a":tru', { x: '1', y: '2' }],
  ['| json x="a"', '{"a":1,"a":tru', { x: '1' }],
  ['| logfmt', 'a=1 b="two \\"x\\"" c= =bad d=4', { a: '1', b: 'two "x"', d: '4' }],
  [
    '| logfmt | a > 1',
    'a=x',
    { a: 'x', __error__: 'LabelFilterErr', __error_details__: 'strconv.ParseFloat: parsing "x": invalid syntax' },
  ],
  ['| logfmt | took > 1m and size <= 2KiB', 'took=90s size=2048', { took: '90s', size: '2048' }],
  ['| logfmt | took > 1m', 'took=30s', undefined],
  ['| regexp `(?P<m>[A-Z]+) (?P<p>/\\S*)`', 'GET /x 200', { m: 'GET', p: '/x' }],
  ['| pattern `<ip> - <_> "<method> <path>"`', '1.2.3.4 - u "GET /x"', { ip: '1.2.3.4', method: 'GET', path: '/x' }],
  ['|> `<_> - <_> "GET <_>"`', '1.2.3.4 - u "GET /x"', {}],
  ['|= ip("10.0.0.0/8")', 'from 10.1.2.3:80', {}],
  ['|= ip("2001:db8::1-2001:db8::8")', 'from 2001:db8::5 ok', {}],
  ['!= ip("10.0.0.0/8")', 'from 10.1.2.3:80', undefined],
  ['| logfmt | label_format b=a, c="{{.b}}!" | drop b', 'a=1', { c: '1!' }],
  ['| logfmt | keep a', 'a=1 b=2', { a: '1' }],
];

for (const [stages, line, labels] of CASES) {
  test(`${stages} over ${line}`, () => {
    const result = run(stages, line);
    if (labels === undefined) assert.equal(result, undefined);
    else {
      const { app: _, ...shown } = result?.labels ?? {};
      assert.deepEqual(shown, labels);
    }
  });
}

test('line_format and decolorize replace the line', () => {
  assert.equal(run('| logfmt | line_format "{{.a}}-{{ __line__ }}"', 'a=1')?.line, '1-a=1');
  assert.equal(run('| decolorize', '\u001b[31mred\u001b[0m')?.line, 'red');
});
