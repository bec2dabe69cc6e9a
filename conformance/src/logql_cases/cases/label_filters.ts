import type { LogCase } from '../log_case.ts';

/** Rules of log_queries: label filter expression. */
export const LABEL_FILTERS: readonly LogCase[] = [
  {
    rule: '= on an extracted label',
    data: 'http',
    query: '{} | json | status="200"',
    expect: [
      '{host="grafana.net", level="info", method="GET", path="/", size="1.5KiB", status="200", took="12ms", user_id="7"} #2',
    ],
  },
  {
    rule: '!= holds for lines without the label',
    data: 'http',
    query: '{} | json | status!="200"',
    expect: [
      '{protocol="HTTP/2.0", request_headers_Accept="*/*", request_headers_User_Agent="curl/7.68.0", request_host="foo.grafana.net", request_method="GET", request_size="55", request_time="6.032", response_latency_seconds="6.031", response_size="228", response_status="401"} #1',
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
      String.raw`{_1st="x", _ber="ü", a_b_c="d", big="12345678901234567890", dash_ed="z", dup="1", e="f", empty="", esc="tab\there é", exp="1e3", fixture_extracted="inner", num="1.50", sp_ace="y"} #4`,
      '{__error__="JSONParserErr", __error_details__="Value looks like object, but can\'t find closing \'}\' symbol"} #5',
      '{__error__="JSONParserErr", __error_details__="Malformed JSON error", level="info"} #6',
    ],
  },
  {
    rule: '=~ is anchored',
    data: 'http',
    query: '{} | json | method=~"P.*"',
    expect: [
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: '!~ holds for lines without the label',
    data: 'http',
    query: '{} | json | method!~"G.*"',
    expect: [
      '{protocol="HTTP/2.0", request_headers_Accept="*/*", request_headers_User_Agent="curl/7.68.0", request_host="foo.grafana.net", request_method="GET", request_size="55", request_time="6.032", response_latency_seconds="6.031", response_size="228", response_status="401"} #1',
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
      String.raw`{_1st="x", _ber="ü", a_b_c="d", big="12345678901234567890", dash_ed="z", dup="1", e="f", empty="", esc="tab\there é", exp="1e3", fixture_extracted="inner", num="1.50", sp_ace="y"} #4`,
      '{__error__="JSONParserErr", __error_details__="Value looks like object, but can\'t find closing \'}\' symbol"} #5',
      '{__error__="JSONParserErr", __error_details__="Malformed JSON error", level="info"} #6',
    ],
  },
  {
    rule: 'an empty value matches lines without the label',
    data: 'http',
    query: '{} | json | method="" | __error__=""',
    expect: [
      '{protocol="HTTP/2.0", request_headers_Accept="*/*", request_headers_User_Agent="curl/7.68.0", request_host="foo.grafana.net", request_method="GET", request_size="55", request_time="6.032", response_latency_seconds="6.031", response_size="228", response_status="401"} #1',
      String.raw`{_1st="x", _ber="ü", a_b_c="d", big="12345678901234567890", dash_ed="z", dup="1", e="f", empty="", esc="tab\there é", exp="1e3", fixture_extracted="inner", num="1.50", sp_ace="y"} #4`,
    ],
  },
  {
    rule: 'a number compares numerically',
    data: 'http',
    query: '{} | json | status > 200',
    expect: [
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: '== equals = for numbers',
    data: 'http',
    query: '{} | json | status == 200.0',
    expect: [
      '{host="grafana.net", level="info", method="GET", path="/", size="1.5KiB", status="200", took="12ms", user_id="7"} #2',
    ],
  },
  {
    rule: '!= with a number',
    data: 'http',
    query: '{} | json | status != 200',
    expect: [
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: '>= and <',
    data: 'http',
    query: '{} | json | status >= 200 and status < 500',
    expect: [
      '{host="grafana.net", level="info", method="GET", path="/", size="1.5KiB", status="200", took="12ms", user_id="7"} #2',
    ],
  },
  {
    rule: 'a duration',
    data: 'http',
    query: '{} | json | took > 1s',
    expect: [
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'a duration below',
    data: 'http',
    query: '{} | json | took <= 12ms',
    expect: [
      '{host="grafana.net", level="info", method="GET", path="/", size="1.5KiB", status="200", took="12ms", user_id="7"} #2',
    ],
  },
  {
    rule: 'a size in bytes, decimal and binary units',
    data: 'http',
    query: '{} | json | size > 1.4KiB',
    expect: [
      '{host="grafana.net", level="info", method="GET", path="/", size="1.5KiB", status="200", took="12ms", user_id="7"} #2',
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'a size below',
    data: 'http',
    query: '{} | json | size < 1MB',
    expect: [
      '{host="grafana.net", level="info", method="GET", path="/", size="1.5KiB", status="200", took="12ms", user_id="7"} #2',
    ],
  },
  {
    rule: 'or',
    data: 'http',
    query: '{} | json | status = 401 or took > 1s',
    expect: [
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'or of two that some lines have',
    data: 'http',
    query: '{} | json | status = 200 or took > 1s',
    expect: [
      '{host="grafana.net", level="info", method="GET", path="/", size="1.5KiB", status="200", took="12ms", user_id="7"} #2',
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'a comma is and',
    data: 'http',
    query: '{} | json | status = 500 , method="POST"',
    expect: [
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'a space is and',
    data: 'http',
    query: '{} | json | status = 500 method="POST"',
    expect: [
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'and before or',
    data: 'http',
    query: '{} | json | took > 1s or status = 200 and method="DELETE"',
    expect: [
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'parentheses',
    data: 'http',
    query: '{} | json | (took > 1s or status = 200) and method="GET"',
    expect: [
      '{host="grafana.net", level="info", method="GET", path="/", size="1.5KiB", status="200", took="12ms", user_id="7"} #2',
    ],
  },
  {
    rule: 'a bar starts a new stage over the whole before it',
    data: 'http',
    query: '{} | json | took > 1s or status = 200 | method="GET"',
    expect: [
      '{host="grafana.net", level="info", method="GET", path="/", size="1.5KiB", status="200", took="12ms", user_id="7"} #2',
    ],
  },
  {
    rule: 'a value that is no number is marked and kept',
    data: 'logfmt',
    query: '{} | logfmt | status > 100 | keep status',
    expect: [
      '{status="200"} #1',
      '{status="500"} #2',
      String.raw`{__error__="LabelFilterErr", __error_details__="strconv.ParseFloat: parsing \"abc\": invalid syntax", status="abc"} #4`,
    ],
  },
  {
    rule: 'a value that is no duration is marked and kept',
    data: 'logfmt',
    query: '{} | logfmt | latency > 1s | keep latency',
    expect: [
      '{latency="1.2s"} #2',
      String.raw`{__error__="LabelFilterErr", __error_details__="time: invalid duration \"oops\"", latency="oops"} #4`,
    ],
  },
  {
    rule: 'a value that is no size is marked and kept',
    data: 'logfmt',
    query: '{} | logfmt | size > 1MB | keep size',
    expect: [
      '{size="20MB"} #2',
      '{__error__="LabelFilterErr", __error_details__="unhandled size name: xb", size="5XB"} #4',
    ],
  },
  {
    rule: 'the first error stays',
    data: 'logfmt',
    query: '{} | logfmt | status > 100 | latency > 1ms | keep status, latency',
    expect: [
      '{latency="8ms", status="200"} #1',
      '{latency="1.2s", status="500"} #2',
      String.raw`{__error__="LabelFilterErr", __error_details__="strconv.ParseFloat: parsing \"abc\": invalid syntax", latency="oops", status="abc"} #4`,
    ],
  },
  {
    rule: 'a line without the label is dropped by a comparison',
    data: 'logfmt',
    query: '{} | logfmt | size >= 1B | __error__="" | keep size',
    expect: ['{size="20MB"} #2'],
  },
  {
    rule: 'a label that a failed conversion leaves out of or',
    data: 'logfmt',
    query: '{} | logfmt | status > 100 or at="info" | keep status, at',
    expect: [
      '{at="info", status="200"} #1',
      '{at="warn", status="500"} #2',
      String.raw`{__error__="LabelFilterErr", __error_details__="strconv.ParseFloat: parsing \"abc\": invalid syntax", at="info", status="abc"} #4`,
      '{at="info"} #6',
    ],
  },
  {
    rule: '__error__ by string',
    data: 'http',
    query: '{} | json | __error__="JSONParserErr" | keep nothing',
    expect: [
      '{__error__="JSONParserErr", __error_details__="Value looks like object, but can\'t find closing \'}\' symbol"} #5',
      '{__error__="JSONParserErr", __error_details__="Malformed JSON error"} #6',
    ],
  },
  {
    rule: 'only lines without errors',
    data: 'http',
    query: '{} | json | __error__="" | keep status',
    expect: ['{} #1', '{status="200"} #2', '{status="500"} #3', '{} #4'],
  },
  {
    rule: 'no number compares with __error__',
    data: 'http',
    query: '{} | json | __error__ > 0',
    expect: [],
  },
  {
    rule: '__error__ by pattern',
    data: 'http',
    query: '{} | json | __error__=~"JSON.*" | drop __error_details__',
    expect: ['{__error__="JSONParserErr"} #5', '{__error__="JSONParserErr", level="info"} #6'],
  },
  {
    rule: 'a filter on a stream label',
    data: 'plain',
    query: '{} | fixture="plain" |= "bank"',
    expect: ['{} #2', '{} #4'],
  },
  {
    rule: 'a filter on a label nobody has',
    data: 'plain',
    query: '{} | nosuch="x"',
    expect: [],
  },
  {
    rule: 'an empty value of a label nobody has',
    data: 'plain',
    query: '{} | nosuch="" |= "health"',
    expect: ['{} #3'],
  },
  {
    rule: 'case-insensitive pattern in a label filter',
    data: 'http',
    query: '{} | json | level=~"(?i)ERROR"',
    expect: [
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'negated comparison of a duration',
    data: 'http',
    query: '{} | json | took != 12ms',
    expect: [
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'a duration given with days',
    data: 'http',
    query: '{} | json | took < 1d',
    expect: [
      '{host="grafana.net", level="info", method="GET", path="/", size="1.5KiB", status="200", took="12ms", user_id="7"} #2',
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'negative numbers',
    data: 'logfmt',
    query: '{} | logfmt | last > -5',
    expect: ['{at="error", last="1"} #3'],
  },
];
