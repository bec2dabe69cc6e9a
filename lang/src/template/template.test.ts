import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  BUILTIN_FUNCTIONS,
  execute,
  type Functions,
  type FunctionType,
  GoDuration,
  GoTime,
  Named,
  parseTemplate,
  safeText,
  sortedMap,
  stringMap,
  struct,
  TemplateError,
  TemplateSyntaxError,
  type TemplateTree,
  type Value,
} from './index.ts';

const functions: Functions = new Map<string, FunctionType>([
  ...Object.entries(BUILTIN_FUNCTIONS),
  ['safeHtml', { parameters: ['string'], call: ([text]) => safeText('HTML', String(text)) }],
  ['safeUrl', { parameters: ['string'], call: ([text]) => safeText('URL', String(text)) }],
]);

function render(source: string, dot: Value = null, html = false, before?: TemplateTree): string {
  const language = { functions, ...(before === undefined ? {} : { defined: before.defined }) };
  return execute(parseTemplate(source, 't', language), dot, { functions, context: undefined, html });
}

function failure(source: string, dot: Value = null): string {
  try {
    return `no failure: ${render(source, dot)}`;
  } catch (error) {
    if (error instanceof TemplateError || error instanceof TemplateSyntaxError) return error.message;
    throw error;
  }
}

const ALERT = struct('template.Alert', {
  Status: 'firing',
  Labels: stringMap([
    ['b', '2'],
    ['a', '1'],
  ]),
  StartsAt: new GoTime(1_353_755_652_000_000_000n),
  Took: new GoDuration(90_500_000_000n),
});

const LIST = new Named(
  {
    name: 'template.Alerts',
    methods: new Map([['Firing', (self) => new Named(self.type, (self.data as Value[]).slice(0, 1))]]),
  },
  [ALERT, ALERT],
);

test('structs, maps, slices and methods read as Go’s', () => {
  for (const [source, dot, expected] of [
    ['{{.Status}} {{.Labels.a}}[{{.Labels.none}}] {{index .Labels "b"}} {{len .Labels}}', ALERT, 'firing 1[] 2 2'],
    ['{{.Labels}} {{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}', ALERT, 'map[a:1 b:2] a=1;b=2;'],
    ['{{len .}} {{len .Firing}} {{(index . 0).Status}} {{range .Firing}}x{{end}}', LIST, '2 1 firing x'],
    [
      '{{.StartsAt.Format "02 Jan 06 15:04 MST"}} {{(.StartsAt.Add .Took).Unix}}',
      ALERT,
      '24 Nov 12 11:14 UTC 1353755742',
    ],
    [
      '{{.Took}} {{.Took.Minutes}} {{printf "%s %.1f" .Took .Took.Seconds}}',
      ALERT,
      '1m30.5s 1.5083333333333333 1m30.5s 90.5',
    ],
    ['{{with .none}}x{{else}}{{.a}}{{end}}', sortedMap([['a', 5n]]), '5'],
    ['{{.none}}', sortedMap([]), '<no value>'],
    ['{{range .}}{{else}}empty{{end}}', [], 'empty'],
    ['{{range $i, $e := .}}{{if $i}}, {{end}}{{$e}}{{end}}', ['x', 'y'], 'x, y'],
    ['{{slice . 1 3}} {{slice "añb" 0 3}}', ['x', 'y', 'z'], '[y z] añ'],
    ['{{eq 1 2 3 1}} {{lt "a" "b"}} {{and 1 ""}}|{{or "" 2}} {{not 0}}', null, 'true true |2 true'],
    ['{{block "b" 1}}[{{.}}]{{end}}{{define "c"}}<{{.}}>{{end}}{{template "c" 2}}', null, '[1]<2>'],
  ] as const)
    assert.equal(render(source, dot as Value), expected, source);
});

test('templates of one source are there for the next, which may define them anew', () => {
  const first = parseTemplate('{{define "title"}}one{{end}}{{define "text"}}[{{template "title" .}}]{{end}}', 'a', {
    functions,
  });
  assert.equal(render('{{template "text" .}}', null, false, first), '[one]');
  assert.equal(render('{{define "title"}}two{{end}}{{template "text" .}}', null, false, first), '[two]');
  assert.match(failure('{{define "x"}}a{{end}}{{define "x"}}b{{end}}'), /multiple definition of template "x"/);
});

test('errors say where they happened, in Go’s words', () => {
  for (const [source, message] of [
    ['a\n{{.Nope}}', 't:2:2: executing "t" at <.Nope>: can\'t evaluate field Nope in type template.Alert'],
    [
      '{{define "x"}}{{.Status.Deep}}{{end}}{{template "x" .}}',
      't:1:23: executing "x" at <.Status.Deep>: can\'t evaluate field Deep in type string',
    ],
    ['{{template "none" .}}', 't:1:11: executing "t" at <{{template "none" .}}>: template "none" not defined'],
    [
      '{{index .Labels 1}}',
      't:1:2: executing "t" at <index .Labels 1>: error calling index: value has type int; should be string',
    ],
    ['{{printf 5}}', 't:1:9: executing "t" at <5>: expected string; found 5'],
    [
      '{{lt 1 1.5}}',
      't:1:2: executing "t" at <lt 1 1.5>: error calling lt: incompatible types for comparison: int and float64',
    ],
  ] as const)
    assert.equal(failure(source, ALERT), `template: ${message}`, source);
});

const EVIL = `<script>alert("x")</script> & 'y'`;

test('in HTML a value is escaped for the place it stands in', () => {
  for (const [source, dot, expected] of [
    ['<p>{{.}}</p>', EVIL, '<p>&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; &#39;y&#39;</p>'],
    ['<p>{{safeHtml .}}</p>', '<b>x</b>', '<p><b>x</b></p>'],
    ['<p title="{{.}}">', '"><b>', '<p title="&#34;&gt;&lt;b&gt;">'],
    ['<p title={{.}}>', 'a b=c', '<p title=a&#32;b&#61;c>'],
    ['<a href="{{.}}">', 'javascript:alert(1)', '<a href="#ZgotmplZ">'],
    ['<a href="{{.}}">', 'https://x.org/a b?c=d&e="f"', '<a href="https://x.org/a%20b?c=d&amp;e=%22f%22">'],
    ['<a href="/s?q={{.}}">', 'a&b c/d', '<a href="/s?q=a%26b%20c%2fd">'],
    ['<a href="{{safeUrl .}}">', 'tel:1', '<a href="tel:1">'],
    [
      '<script>var x = {{.}};</script>',
      EVIL,
      '<script>var x = "\\u003cscript\\u003ealert(\\"x\\")\\u003c/script\\u003e \\u0026 \'y\'";</script>',
    ],
    ['<script>var x = "{{.}}";</script>', '";alert(1)//', '<script>var x = "\\u0022;alert(1)\\/\\/";</script>'],
    ['<p style="color: {{.}}">', 'red; background: url(x)', '<p style="color: ZgotmplZ">'],
    ['<p style="color: {{.}}">', '#ff0000', '<p style="color: #ff0000">'],
    ['<p {{.}}="x">', 'onclick', '<p ZgotmplZ="x">'],
    ['<p {{.}}="x">', 'title', '<p title="x">'],
    ['<p title="{{safeHtml .}}">', '<b>"x"</b> &amp; y', '<p title="&#34;x&#34; &amp; y">'],
    ['<p title={{.}}>', '', '<p title=ZgotmplZ>'],
    ['a<!-- {{.}} -->b', EVIL, 'ab'],
    ['<title>{{.}}</title>{{.}}', '</title><b>', '<title>&lt;/title&gt;&lt;b&gt;</title>&lt;/title&gt;&lt;b&gt;'],
    ['{{.none}}', sortedMap([]), ''],
    ['{{define "x"}}<b>{{.}}</b>{{end}}<i>{{template "x" .}}</i>', '<', '<i><b>&lt;</b></i>'],
  ] as const)
    assert.equal(render(source, dot as Value, true), expected, source);
});

test('whatever a value holds, in text it opens no element, and in an attribute it does not end it', () => {
  const piece = fc.constantFrom('<', '>', '"', "'", '&', '/', '=', ' ', 'a', '`', '\n', 'javascript:', '<!--', '{{');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const value = pieces.join('');
      assert.doesNotMatch(render('{{.}}', value, true), /[<>"']/);
      for (const attribute of ['title', 'href', 'style', 'onclick'])
        assert.match(render(`<p ${attribute}="{{.}}">`, value, true), new RegExp(`^<p ${attribute}="[^"<>]*">$`));
      assert.match(render('<p title={{.}}>', value, true), /^<p title=[^\s"'<>=`]+>$/);
    }),
    { numRuns: 500 },
  );
});

test('a rendering that would not end, or would fill the memory, is stopped', () => {
  assert.match(failure('{{range 1000}}{{range 1000}}{{end}}{{end}}'), /more than 100000 steps/);
  assert.match(failure('{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}'), /exceeded maximum template depth/);
  assert.match(failure(`{{${'('.repeat(200)}1${')'.repeat(200)}}}`), /nested deeper than/);
  assert.match(failure('{{range 2000}}{{printf "%1000d" 1}}{{end}}'), /result longer than/);
});
