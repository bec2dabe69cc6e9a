import type { LogCase } from '../log_case.ts';

/** Rules of log_queries: line and labels format expression. */
export const FORMATS: readonly LogCase[] = [
  {
    rule: 'the line out of labels',
    data: 'logfmt',
    query: '{} |= "method" | logfmt | line_format "{{.method}} {{.host}}" | keep method',
    expect: ['{method="GET"} = GET grafana.net', '{method="POST"} = POST bank.test'],
  },
  {
    rule: 'math in the template',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt | line_format "{{.status}} {{div .status 100}}" | keep at',
    expect: ['{at="info"} = 200 2'],
  },
  {
    rule: 'the line itself',
    data: 'logfmt',
    query: '{} |= "method=GET" | line_format "[{{__line__}}]"',
    expect: ['{} = [at=info method=GET path=/ host=grafana.net fwd="124.133.124.161" latency=8ms status=200]'],
  },
  {
    rule: 'rename drops the source',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt | label_format verb=method | keep verb, method',
    expect: ['{verb="GET"} #1'],
  },
  {
    rule: 'a template keeps the source',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt | label_format verb="{{.method}}" | keep verb, method',
    expect: ['{method="GET", verb="GET"} #1'],
  },
  {
    rule: 'rename of a missing label does nothing',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt | label_format verb=nosuch | keep verb',
    expect: ['{} #1'],
  },
  {
    rule: 'a template over a missing label is empty',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt | label_format verb="{{.nosuch}}" | keep verb',
    expect: ['{verb=""} #1'],
  },
  {
    rule: 'rename overwrites',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt | label_format status=method | keep status, method',
    expect: ['{status="GET"} #1'],
  },
  {
    rule: 'templates see the labels as at the first of them, renames what came before',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt | label_format x="{{.at}}", y="{{.x}}", z=x | keep x, y, z',
    expect: ['{y="", z="info"} #1'],
  },
  {
    rule: 'a rename before the first template is seen by it',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt | label_format b=at, c="{{.b}}!" | keep b, c',
    expect: ['{b="info", c="info!"} #1'],
  },
  {
    rule: 'one label twice in one expression is refused',
    data: 'logfmt',
    query: '{} | label_format foo=bar,foo="new"',
    expect: [
      "! parse error : stage '| label_format foo=bar,foo=\"new\"' : multiple label name 'foo' not allowed in a single format operation",
    ],
  },
  {
    rule: 'two expressions on one label',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt | label_format foo=at | label_format foo="new" | keep foo, at',
    expect: ['{foo="new"} #1'],
  },
  {
    rule: 'override of a stream label',
    data: 'logfmt',
    query: '{} |= "method=GET" | label_format fixture="over"',
    expect: ['{fixture="over"} #1'],
  },
  {
    rule: 'a renamed stream label',
    data: 'logfmt',
    query: '{} |= "method=GET" | label_format was=fixture',
    expect: ['{was="logfmt"} #1'],
  },
  {
    rule: 'a label made numeric for a comparison',
    data: 'logfmt',
    query: '{} | logfmt | label_format ms="{{ duration_seconds .latency }}" | ms > 1 | keep ms',
    expect: ['{ms="1.2"} #2'],
  },
  {
    rule: 'a failing template leaves the line and marks it',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt | line_format "{{ div .status 0 }}" | keep status',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:3: executing \"line\" at <div .status 0>: error calling div: runtime error: integer divide by zero", status="200"} #1`,
    ],
  },
  {
    rule: 'a failing label template leaves the label out',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt | label_format x="{{ duration .at }}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: label:1:3: executing \"label\" at <duration .at>: error calling duration: time: invalid duration \"info\""} #1`,
    ],
  },
  {
    rule: 'a template that does not parse is refused',
    data: 'logfmt',
    query: '{} | line_format "{{.x"',
    expect: [
      '! parse error : stage \'| line_format "{{.x"\' : invalid line template: template: line:1: unclosed action',
    ],
  },
  {
    rule: 'an unknown function is refused',
    data: 'logfmt',
    query: '{} | label_format x="{{nosuch .x}}"',
    expect: [
      '! parse error : stage \'| label_format x="{{nosuch .x}}"\' : invalid template for label \'x\': template: label:1: function "nosuch" not defined',
    ],
  },
  {
    rule: 'an empty line',
    data: 'logfmt',
    query: '{} |= "method=GET" | line_format ""',
    expect: ['{} = '],
  },
  {
    rule: 'a newline in the line',
    data: 'logfmt',
    query: String.raw`{} |= "method=GET" | logfmt | line_format "{{.at}}\n{{.method}}" | keep at`,
    expect: ['{at="info"} = info\nGET'],
  },
  {
    rule: 'the error label in a template',
    data: 'logfmt',
    query: '{} |= "buzz" | logfmt --strict | line_format "{{.__error__}}" | drop __error_details__',
    expect: ['{__error__="LogfmtParserErr"} = LogfmtParserErr'],
    unlikeLoki: 'Loki keeps the error out of what templates see',
  },
];
