import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFrom } from '../model/labels.ts';
import { createTemplateExpander, templateProblem } from './expand_templates.ts';
import type { RuleSample } from './ports.ts';

const expandAlert = createTemplateExpander({
  externalLabels: new Map([['dc', 'north']]),
  externalUrl: 'http://watch.example:9090/metrics',
});

const VECTORS: Readonly<Record<string, readonly RuleSample[]>> = {
  jobs: [
    { labels: labelsFrom([['job', 'web']]), value: 3 },
    { labels: labelsFrom([['job', 'db']]), value: 12.5 },
  ],
  nothing: [],
  '1.5': [{ labels: [], value: 1.5 }],
  tagged: [
    {
      labels: labelsFrom([
        ['__value__', 'v'],
        ['instance', 'a'],
      ]),
      value: 1,
    },
  ],
};

async function expand(source: string, value = 1234567, rule = 'Slow'): Promise<string> {
  const { annotations } = await expandAlert({
    rule,
    labels: new Map(),
    annotations: new Map([['a', source]]),
    sample: {
      labels: labelsFrom([
        ['instance', 'host-7:9100'],
        ['job', 'web'],
      ]),
      value,
    },
    timeMs: 1_353_755_652_000,
    query: async (expr) => {
      const vector = VECTORS[expr];
      if (vector === undefined) throw new Error(`no answer to ${expr}`);
      return vector;
    },
  });
  return annotations.get('a') ?? '';
}

test('templates say what Prometheus says', async () => {
  for (const [template, expected] of [
    ['plain text', 'plain text'],
    ['{{ $labels.job }} on {{ .Labels.instance }}: {{ $value }}', 'web on host-7:9100: 1.234567e+06'],
    ['[{{ $labels.missing }}]', '[]'],
    ['{{ $labels }}', 'map[instance:host-7:9100 job:web]'],
    ['{{ $externalLabels.dc }} {{ externalURL }} {{ pathPrefix }}', 'north http://watch.example:9090/metrics /metrics'],
    ['{{ humanizePercentage 0.015625 }} {{ printf "%.0f %.1e %.3g" 2.5 2.25 10250.0 }}', '1.562% 2 2.2e+00 1.02e+04'],
    ['{{ printf "%.2f" $value }} {{ $value | printf "%6.1e" }}', '1234567.00 1.2e+06'],
    ['{{ query "jobs" | sortByLabel "job" | first | label "job" }}', 'db'],
    ['{{ range query "jobs" }}{{ .Labels.job }}={{ .Value }} {{ end }}', 'web=3 db=12.5 '],
    ['{{ range $i, $s := query "jobs" }}{{ $i }}:{{ $s | value }} {{ end }}', '0:3 1:12.5 '],
    ['{{ with query "nothing" }}{{ . | first }}{{ else }}none{{ end }}', 'none'],
    ['{{ query "1.5" | first | value }} {{ query "1.5" | len }}', '1.5 1'],
    ['{{ query "tagged" | first | strvalue }}', 'v'],
    ['{{ humanize $value }} {{ humanize 0.12 }} {{ humanize "1e3" }} {{ humanize 0 }}', '1.235M 120m 1k 0'],
    ['{{ humanize1024 1048576 }} {{ humanize1024 0.12 }} {{ humanize1024 -2048 }}', '1Mi 0.12 -2ki'],
    [
      '{{ humanizeDuration 93784 }} {{ humanizeDuration 60.5 }} {{ humanizeDuration 1.2345 }}',
      '1d 2h 3m 4s 1m 0s 1.234s',
    ],
    ['{{ humanizeDuration .12345 }} {{ humanizeDuration -3600 }}', '123.5ms -1h 0m 0s'],
    ['{{ 0.1234567 | humanizePercentage }} {{ 1234567 | humanizePercentage }}', '12.35% 1.235e+08%'],
    ['{{ 1435065584.128 | humanizeTimestamp }}', '2015-06-23 13:19:44.128 +0000 UTC'],
    ['{{ humanize "NaN" }} {{ humanizeTimestamp "+Inf" }}', 'NaN +Inf'],
    ['{{ (now | toTime).Format "Mon Jan 2 15:04:05 2006" }} {{ now }}', 'Sat Nov 24 11:14:12 2012 1.353755652e+09'],
    ['{{ ("-30m" | parseDuration | toDuration | (now | toTime).Add).UnixMilli }}', '1353753852000'],
    ['{{ (1800 | toDuration).String }}', '30m0s'],
    ['{{ "aa bb-cc CC" | title }} {{ toUpper "x" }} {{ toLower "X" }}', 'Aa Bb-Cc CC X x'],
    ['{{ match "^a+$" "aa" }} {{ reReplaceAll "(a)b" "x$1" "ab" }}', 'true xa'],
    [
      '{{ stripPort $labels.instance }} {{ stripPort "[2001:db8::1]:80" }} {{ stripPort "a:b:c" }}',
      'host-7 2001:db8::1 a:b:c',
    ],
    ['{{ stripDomain "foo.example.com:12" }} {{ stripDomain "192.0.2.1:12" }}', 'foo:12 192.0.2.1:12'],
    [
      '{{ graphLink "up == 0" }} {{ tableLink "up" }}',
      '/graph?g0.expr=up+%3D%3D+0&g0.tab=0 /graph?g0.expr=up&g0.tab=1',
    ],
    ['{{define "x"}}{{.arg0}}-{{.arg1}}{{end}}{{template "x" (args 1 "2")}}', '1-2'],
    ['{{define "x"}}<{{.}}>{{end}}{{ tmpl "x" $value }}', '<1.234567e+06>'],
    ['{{ safeHtml "<b>" }}{{ "<i>" }}', '<b><i>'],
    ['{{ if gt $value 1e6 }}big{{ else if gt $value 10.0 }}mid{{ else }}small{{ end }}', 'big'],
    ['{{- /* said */ -}} a {{- " b" }}', 'a b'],
    ['{{ range $x := args 1 2 3 }}{{ if eq $x 2 }}{{ continue }}{{ end }}{{ $x }}{{ end }}', '13'],
  ] as const)
    assert.equal(await expand(template), expected, template);
});

/** What stands before a template on its first line. */
const BEFORE = 112;

test('what fails is told in place, with upstream’s words and positions', async () => {
  for (const [template, column, message] of [
    [
      '{{ first (query "nothing") }}',
      3,
      '<first (query "nothing")>: error calling first: first() called on vector with no elements',
    ],
    [
      '{{ humanize "one" }}',
      3,
      '<humanize "one">: error calling humanize: strconv.ParseFloat: parsing "one": invalid syntax',
    ],
    ['{{ (query "nothing").banana }}', 10, '<"nothing">: can\'t evaluate field banana in type template.queryResult'],
    ['{{ query "unknown" }}', 3, '<query "unknown">: error calling query: no answer to unknown'],
    [
      '{{ .Banana }}',
      3,
      "<.Banana>: can't evaluate field Banana in type struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }",
    ],
    ['{{ label $labels }}', 3, '<label>: wrong number of args for label: want 2 got 1'],
  ] as const) {
    const place = `template: __alert_Slow:1:${BEFORE + column}: executing "__alert_Slow" at `;
    const expected = `<error expanding template: error executing template __alert_Slow: ${place}${message}>`;
    assert.equal(await expand(template), expected, template);
  }
  assert.equal(
    await expand('{{ $labels.job'),
    '<error expanding template: error parsing template __alert_Slow: template: __alert_Slow:1: unclosed action>',
  );
});

test('a template that asks without end is stopped', async () => {
  const asked: string[] = [];
  const { annotations } = await expandAlert({
    rule: 'R',
    labels: new Map(),
    annotations: new Map([
      [
        'a',
        '{{ range $i := args 1 2 3 }}{{ query (printf "%d" $i) }}{{ end }}{{ range 5000 }}{{ query (printf "x%d" .) }}{{ end }}',
      ],
    ]),
    sample: { labels: [], value: 1 },
    timeMs: 0,
    query: async (expr) => {
      asked.push(expr);
      return [];
    },
  });
  assert.match(annotations.get('a') ?? '', /asks more than 100 queries/);
  assert.equal(asked.length, 100);
});

test('templates: what Go’s parser takes is taken', () => {
  for (const template of [
    'plain } text }} of {any} kind',
    '{{ $labels.instance }} at {{ .Value | humanize }} {{- /* said */ -}}',
    '{{ with query "up" }}{{ . | first | value | humanizePercentage }}{{ else }}none{{ end }}',
    '{{ range $i, $sample := query "x" }}{{ $i }}{{ $sample.Labels.job }}{{ break }}{{ end }}',
    '{{ if and (gt $value 1.5) (ne .Labels.a "b") }}x{{ else if eq 1 1 }}y{{ else }}z{{ end }}',
    '{{ $x := 1 }}{{ $x = 2 }}{{ printf "%v %s" $x `raw }}` }}',
    '{{ \'a\' }}{{ true }}{{ (index .Labels "a").b }}{{ $externalURL }}{{ $externalLabels.dc }}',
    '{{ define "t" }}{{ . }}{{ end }}{{ template "t" . }}{{ block "u" $value }}x{{ end }}',
    'multi\n{{ .Value\n  | printf "%.2f" }}\n',
  ])
    assert.equal(templateProblem('T', template), undefined, template);
});

test('templates: what Go’s parser refuses is refused, with its line', () => {
  for (const [template, problem] of [
    ['a\n{{ $label.x }}', /^template: __alert_T:2: undefined variable "\$label"$/],
    ['{{ humanise 1 }}', /function "humanise" not defined/],
    ['{{ }}', /missing value for command/],
    ['{{ if }}x{{ end }}', /missing value for if/],
    ['{{ if true }}x', /unexpected EOF/],
    ['x{{ end }}', /unexpected \{\{end\}\}/],
    ['{{ else }}', /unexpected \{\{else\}\}/],
    ['{{ .a | "b" }}', /non executable command/],
    ['{{ (.a }}', /unclosed left paren/],
    ['{{ .a ) }}', /unexpected right paren/],
    ['{{ "abc }}', /unterminated quoted string/],
    ['{{/* x }}', /unclosed comment/],
    ['{{ break }}', /outside \{\{range\}\}/],
    ['{{ range $x := .a }}{{ end }}{{ $x }}', /undefined variable "\$x"/],
    ['{{ 1 % 2 }}', /unexpected "%"/],
  ] as const)
    assert.match(templateProblem('T', template) ?? 'none', problem, template);
});
