import type { LogCase } from '../log_case.ts';

/** Rules of log_queries: JSON. */
export const PARSERS_JSON: readonly LogCase[] = [
  {
    rule: 'nested properties are joined by _, arrays skipped, names made label names',
    data: 'http',
    query: '{} |= "protocol" | json',
    expect: [
      '{protocol="HTTP/2.0", request_headers_Accept="*/*", request_headers_User_Agent="curl/7.68.0", request_host="foo.grafana.net", request_method="GET", request_size="55", request_time="6.032", response_latency_seconds="6.031", response_size="228", response_status="401"} #1',
    ],
  },
  {
    rule: 'values of all kinds; a null is left out',
    data: 'http',
    query: '{} |= "POST" | json',
    expect: [
      '{host="grafana.net", level="error", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'names: dots, spaces, dashes, digits first, other letters; the first of two equal names; _extracted for a stream label',
    data: 'http',
    query: '{} |= "a.b" | json',
    expect: [
      String.raw`{_1st="x", _ber="ü", a_b_c="d", big="12345678901234567890", dash_ed="z", dup="1", e="f", empty="", esc="tab\there é", exp="1e3", fixture_extracted="inner", num="1.50", sp_ace="y"} #4`,
    ],
  },
  {
    rule: 'a line that is no JSON keeps everything and is marked',
    data: 'http',
    query: '{} |= "INFO" | json',
    expect: [
      '{__error__="JSONParserErr", __error_details__="Value looks like object, but can\'t find closing \'}\' symbol"} #5',
    ],
  },
  {
    rule: 'a line that breaks off is marked',
    data: 'http',
    query: '{} |= "broken" | json',
    expect: ['{__error__="JSONParserErr", __error_details__="Malformed JSON error", level="info"} #6'],
  },
  {
    rule: 'expressions: array access and quoted keys',
    data: 'http',
    query: String.raw`{} |= "protocol" | json first_server="servers[0]", ua="request.headers[\"User-Agent\"]"`,
    expect: ['{first_server="129.0.1.1", ua="curl/7.68.0"} #1'],
  },
  {
    rule: 'expressions: arrays and objects as JSON',
    data: 'http',
    query: '{} |= "protocol" | json server_list="servers", headers="request.headers"',
    expect: [
      String.raw`{headers="{\"Accept\":\"*/*\",\"User-Agent\":\"curl/7.68.0\"}", server_list="[\"129.0.1.1\",\"10.2.1.3\"]"} #1`,
    ],
  },
  {
    rule: 'a bare name is its own expression',
    data: 'http',
    query: '{} |= "protocol" | json servers',
    expect: [String.raw`{servers="[\"129.0.1.1\",\"10.2.1.3\"]"} #1`],
  },
  {
    rule: 'a missing path gives an empty label',
    data: 'http',
    query: '{} |= "protocol" | json x="response.nothing", y="servers[7]"',
    expect: ['{x="", y=""} #1'],
  },
  {
    rule: 'expressions on a number, a boolean and null',
    data: 'http',
    query: '{} |= "POST" | json s="status", o="ok", n="err"',
    expect: ['{n="", o="false", s="500"} #3'],
  },
  {
    rule: 'expressions with a name that a stream label has',
    data: 'http',
    query: '{} |= "protocol" | json fixture="protocol"',
    expect: ['{fixture_extracted="HTTP/2.0"} #1'],
  },
  {
    rule: 'expressions over a line that is no JSON',
    data: 'http',
    query: '{} |= "INFO" | json x="y"',
    expect: ['{__error__="JSONParserErr"} #5'],
  },
  {
    rule: 'two parsers: what the first extracted stays',
    data: 'http',
    query: '{} |= "level" |= "GET" | json | json method="path"',
    expect: [
      '{host="grafana.net", level="info", method="/", path="/", size="1.5KiB", status="200", took="12ms", user_id="7"} #2',
    ],
  },
  {
    rule: 'keys by bracket only',
    data: 'http',
    query: String.raw`{} |= "a.b" | json x="[\"a.b\"].c"`,
    expect: ['{x="d"} #4'],
  },
  {
    rule: 'an expression that is none is refused',
    data: 'http',
    query: '{} | json x="a..b"',
    expect: [
      '! parse error : stage \'| json x="a..b"\' : cannot parse expression [a..b]: syntax error: unexpected DOT, expecting FIELD',
    ],
  },
  {
    rule: 'an index that is no number is refused',
    data: 'http',
    query: '{} | json x="a[b]"',
    expect: [
      '! parse error : stage \'| json x="a[b]"\' : cannot parse expression [a[b]]: syntax error: unexpected FIELD, expecting STRING or INDEX',
    ],
  },
  {
    rule: 'an empty expression',
    data: 'http',
    query: '{} | json x=""',
    expect: [
      '! parse error : stage \'| json x=""\' : cannot parse expression []: syntax error: unexpected $end, expecting LSB or FIELD',
    ],
  },
  {
    rule: 'escapes in strings are resolved',
    data: 'http',
    query: '{} |= "esc" | json esc="esc"',
    expect: [String.raw`{esc="tab\there é"} #4`],
  },
  {
    rule: 'numbers keep their text',
    data: 'http',
    query: '{} |= "a.b" | json n="num", b="big", e="exp"',
    expect: ['{b="12345678901234567890", e="1e3", n="1.50"} #4'],
  },
];
