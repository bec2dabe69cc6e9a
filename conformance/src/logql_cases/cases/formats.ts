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
  {
    rule: 'a parser behind a format leaves the label alone',
    data: 'http',
    query: '{} | label_format level="mine" | json | keep level',
    expect: [
      '{level="mine"} #1',
      '{level="mine"} #2',
      '{level="mine"} #3',
      '{level="mine"} #4',
      '{__error__="JSONParserErr", __error_details__="Value looks like object, but can\'t find closing \'}\' symbol", level="mine"} #5',
      '{__error__="JSONParserErr", __error_details__="Malformed JSON error", level="mine"} #6',
    ],
  },
  {
    rule: 'a parser behind another leaves its labels alone',
    data: 'http',
    query: '{} | json level="method" | json | keep level',
    expect: [
      '{level=""} #1',
      '{level="GET"} #2',
      '{level="POST"} #3',
      '{level=""} #4',
      '{__error__="JSONParserErr", __error_details__="Value looks like object, but can\'t find closing \'}\' symbol"} #5',
      '{__error__="JSONParserErr", __error_details__="Malformed JSON error", level=""} #6',
    ],
  },
  {
    rule: 'a label asked for by name is set by the last',
    data: 'logfmt',
    query: '{} | logfmt | logfmt at="method" | keep at',
    expect: ['{at="GET"} #1', '{at="POST"} #2', '{at=""} #3', '{at=""} #4', '{at=""} #5', '{at=""} #6'],
    unlikeLoki: 'Loki does not read a field again that an earlier parser found',
  },
  {
    rule: 'a name that only a dropped stream label has goes to its extracted form still',
    data: 'http',
    query: '{} | drop fixture | json | keep fixture, fixture_extracted',
    expect: [
      '{} #1',
      '{} #2',
      '{} #3',
      '{fixture_extracted="inner"} #4',
      '{__error__="JSONParserErr", __error_details__="Value looks like object, but can\'t find closing \'}\' symbol"} #5',
      '{__error__="JSONParserErr", __error_details__="Malformed JSON error"} #6',
    ],
  },
  {
    rule: 'json: what is asked for and not there is set under its own name once the stream label is dropped',
    data: 'http',
    query: '{} | drop fixture | json fixture="nope"',
    expect: [
      '{fixture=""} #1',
      '{fixture=""} #2',
      '{fixture=""} #3',
      '{fixture=""} #4',
      '{__error__="JSONParserErr"} #5',
      '{fixture=""} #6',
    ],
  },
  {
    rule: 'metadata that was dropped leaves its name to the parser',
    data: 'meta',
    query: '{} | drop pod | logfmt | keep pod, pod_extracted',
    expect: ['{} #1', '{pod="inline"} #2', '{} #3', '{} #4'],
  },
];
