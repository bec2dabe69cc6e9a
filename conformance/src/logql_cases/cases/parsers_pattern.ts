import type { LogCase } from '../log_case.ts';

/** Rules of log_queries: Pattern. */
export const PARSERS_PATTERN: readonly LogCase[] = [
  {
    rule: 'the example of the documentation',
    data: 'nginx',
    query: '{} |= "versioncheck" | pattern `<ip> - - <_> "<method> <uri> <_>" <status> <size> <_> "<agent>" <_>`',
    expect: [
      '{agent="Go-http-client/2.0", ip="0.191.12.2", method="GET", size="2", status="200", uri="/api/plugins/versioncheck"} #1',
    ],
  },
  {
    rule: 'unnamed capture first: not anchored',
    data: 'nginx',
    query: '{} |= "traceID" | pattern `<_> msg="<method> <path> (<status>) <latency>"`',
    expect: ['{latency="16.652862ms", method="POST", path="/loki/api/v1/push", status="204"} #3'],
  },
  {
    rule: 'a literal first must begin the line',
    data: 'nginx',
    query: '{} |= "traceID" | pattern `msg="<method> <path>`',
    expect: ['{} #3'],
  },
  {
    rule: 'a line that stops early fills the first captures',
    data: 'nginx',
    query: '{} |= "query_range" | pattern `<method> <path> (<status>) <took> and <more>`',
    expect: ['{method="POST", path="/api/prom/api/v1/query_range", status="200", took="1.5s"} #4'],
  },
  {
    rule: 'a pattern that does not fit adds nothing',
    data: 'nginx',
    query: '{} |= "query_range" | pattern `[<ts>] <x>`',
    expect: ['{} #4'],
  },
  {
    rule: 'no named capture is refused',
    data: 'nginx',
    query: '{} | pattern "<_> x"',
    expect: ['! parse error : invalid pattern parser: at least one capture is required'],
  },
  {
    rule: 'consecutive captures are refused',
    data: 'nginx',
    query: '{} | pattern "<a><b>"',
    expect: ["! parse error : invalid pattern parser: found consecutive capture '<a><b>': invalid expression"],
  },
  {
    rule: 'a name twice is refused',
    data: 'nginx',
    query: '{} | pattern "<a> <a>"',
    expect: ['! parse error : invalid pattern parser: duplicate capture name (a): invalid expression'],
  },
  {
    rule: 'a name that a stream label has',
    data: 'nginx',
    query: '{} |= "query_range" | pattern "<fixture> <_>"',
    expect: ['{fixture_extracted="POST"} #4'],
  },
  {
    rule: 'a capture to the end',
    data: 'nginx',
    query: '{} |= "query_range" | pattern "POST <rest>"',
    expect: ['{rest="/api/prom/api/v1/query_range (200) 1.5s"} #4'],
  },
  {
    rule: 'a pattern without captures is refused',
    data: 'nginx',
    query: '{} | pattern "abc"',
    expect: ['! parse error : invalid pattern parser: at least one capture is required'],
  },
  {
    rule: 'an empty pattern is refused',
    data: 'nginx',
    query: '{} | pattern ""',
    expect: ['! parse error : invalid pattern parser: at least one capture is required'],
    unlikeLoki: 'Loki words it after the grammar of its patterns',
  },
  {
    rule: 'a capture at the end of a line is empty',
    data: 'malformed',
    query: '{} | pattern "<k>=NaN e=<e> <w>" | keep k, e, w',
    expect: [
      '{k="{\\"a\\":1,\\"b\\":{\\"c\\":2"} #1',
      '{k="{\\"a\\":\\"two\\",\\"v\\":3,}"} #2',
      '{k="{\'a\':1}"} #3',
      '{k=" {\\"a\\":5}"} #4',
      '{} #5',
      '{k="{\\"a\\":\\"x\\\\q\\",\\"b\\":\\"\\\\ude00\\",\\"c\\":\\"tab\\there\\\\n\\"}"} #6',
      '{k="a=\\"z\\\\q\\" b=2"} #7',
      '{k="v=1e400"} #8',
      '{k="v=1_000"} #9',
      '{e="", k="v", w="w=1"} #10',
      '{k="{\\"a\\":-,\\"d\\":{\\"\\":1,\\"x y\\":2}}"} #11',
      '{k="in front {\\"a\\":6}"} #12',
    ],
  },
  {
    rule: 'a capture without its literal takes the rest, be it empty',
    data: 'counter',
    query: '{} | pattern "c=5<rest>" | keep rest',
    expect: ['{} #1', '{} #2', '{rest=""} #3', '{} #4', '{} #5'],
  },
];
