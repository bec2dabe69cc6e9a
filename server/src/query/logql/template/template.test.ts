import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOGQL_TEMPLATES } from '@trilith/lang/logql';
import { MAX_OUTPUT, TemplateError } from '@trilith/lang/template';
import fc from 'fast-check';
import { compileTemplate, type TemplateLabels } from './compile.ts';
import { parseTime } from './parse_time.ts';

const TIME = 1_795_331_693_636_515_584n;

function labelsOf(record: Readonly<Record<string, string>>): TemplateLabels {
  const map = new Map(Object.entries(record));
  return { get: (name) => map.get(name), result: () => [...map].sort(([a], [b]) => (a < b ? -1 : 1)).flat() };
}

function render(source: string, record: Readonly<Record<string, string>> = {}, line = 'the line'): string {
  return compileTemplate(source, 'line')(labelsOf(record), line, TIME);
}

function failure(source: string, record: Readonly<Record<string, string>> = {}): string {
  try {
    render(source, record);
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
  return 'no failure';
}

test('a template that would not end is stopped', () => {
  assert.match(failure('{{range 1000}}{{range 1000}}{{end}}{{end}}'), /more than 100000 steps/);
  assert.match(failure('{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}'), /exceeded maximum template depth/);
});

test('a template that would fill the memory is stopped before it does', () => {
  for (const source of [
    '{{repeat 1000000000 "x"}}',
    '{{indent 1000000000 "x"}}',
    '{{alignLeft 1000000000 "x"}}',
    '{{range 100}}{{repeat 100000 "x"}}{{end}}',
    '{{regexReplaceAll "" (repeat 10000 "x") (repeat 10000 "y")}}',
    '{{replace "" (repeat 10000 "y") (repeat 10000 "x")}}',
    '{{printf "%1000000d" 1}}',
  ]) {
    assert.match(failure(source), /longer than|out of range/, source);
  }
  assert.equal(render(`{{repeat ${MAX_OUTPUT} "x"}}`).length, MAX_OUTPUT);
});

test('JSON nested deeper than any log line is refused, not a stack overflow', () => {
  const deep = '['.repeat(5000) + ']'.repeat(5000);
  assert.match(failure('{{fromJson .x}}', { x: deep }), /exceeded max depth/);
});

test('labels named like properties of JavaScript objects are labels only', () => {
  assert.equal(render('{{.constructor}}|{{.__proto__}}|{{(fromJson "{}").toString}}'), '||<no value>');
});

test('every function the language checks for can be called', () => {
  for (const name of LOGQL_TEMPLATES.functions) {
    assert.doesNotMatch(failure(`{{${name} 1 2 3 4 5}}`), /not a defined function/, name);
  }
});

test('any template either renders, or fails with an error of the template’s', () => {
  const piece = fc.constantFrom(
    ...[
      '{{',
      '}}',
      '.a',
      ' ',
      '|',
      '(',
      ')',
      '"x"',
      '5',
      'if',
      'end',
      'range',
      '$x',
      ':=',
      'printf',
      '-',
      '`',
      'add',
      'nil',
    ],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        render(pieces.join(''), { a: 'v' });
      } catch (error) {
        assert.ok(error instanceof Error);
        assert.ok(['TemplateError', 'TemplateSyntaxError'].includes(error.name), `${pieces.join('')}: ${error.stack}`);
      }
    }),
    { numRuns: 2000 },
  );
});

test('times around a change of the clock get the offset that holds then', () => {
  const at = (text: string): string =>
    String(parseTime('2006-01-02 15:04', text, 'America/New_York')?.zone.abbreviation);
  assert.equal(at('2021-11-07 00:30'), 'EDT');
  assert.equal(at('2021-11-07 03:30'), 'EST');
});
