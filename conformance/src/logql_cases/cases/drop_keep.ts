import type { LogCase } from '../log_case.ts';

/** Rules of log_queries: drop and keep labels. */
export const DROP_KEEP: readonly LogCase[] = [
  {
    rule: 'drop names, and a label with a value',
    data: 'http',
    query: '{} |= "grafana.net" |= "level" | json | drop level, method="GET"',
    expect: [
      '{host="grafana.net", path="/", size="1.5KiB", status="200", took="12ms", user_id="7"} #2',
      '{host="grafana.net", method="POST", ok="false", path="/pay", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'drop with a pattern',
    data: 'http',
    query: '{} |= "grafana.net" |= "level" | json | drop host, path, status=~"2.*"',
    expect: [
      '{level="info", method="GET", size="1.5KiB", took="12ms", user_id="7"} #2',
      '{level="error", method="POST", ok="false", size="20MB", status="500", took="1.5s", user_id="8"} #3',
    ],
  },
  {
    rule: 'drop with a negated matcher',
    data: 'http',
    query: '{} |= "grafana.net" |= "level" | json | drop took, size, user_id, level!="info"',
    expect: [
      '{host="grafana.net", level="info", method="GET", path="/", status="200"} #2',
      '{host="grafana.net", method="POST", ok="false", path="/pay", status="500"} #3',
    ],
  },
  {
    rule: 'drop __error__',
    data: 'http',
    query: '{} |= "INFO" | json | drop __error__',
    expect: ['{} #5'],
  },
  {
    rule: 'drop both error labels',
    data: 'http',
    query: '{} |= "INFO" | json | drop __error__, __error_details__',
    expect: ['{} #5'],
  },
  {
    rule: 'drop a stream label',
    data: 'http',
    query: '{} |= "INFO" | drop fixture',
    expect: ['{} #5'],
  },
  {
    rule: 'keep only some, one with a value',
    data: 'http',
    query: '{} |= "grafana.net" |= "level" | json | keep level, method="GET"',
    expect: ['{level="info", method="GET"} #2', '{level="error"} #3'],
  },
  {
    rule: 'keep with a pattern',
    data: 'http',
    query: '{} |= "grafana.net" |= "level" | json | keep status=~"2..", method',
    expect: ['{method="GET", status="200"} #2', '{method="POST"} #3'],
  },
  {
    rule: 'keep does not drop the error labels',
    data: 'http',
    query: '{} |= "INFO" | json | keep level',
    expect: [
      '{__error__="JSONParserErr", __error_details__="Value looks like object, but can\'t find closing \'}\' symbol"} #5',
    ],
  },
  {
    rule: 'keep of a label nobody has',
    data: 'http',
    query: '{} |= "INFO" | keep nosuch',
    expect: ['{} #5'],
  },
  {
    rule: 'keep a stream label',
    data: 'http',
    query: '{} |= "POST" | json | keep fixture, method',
    expect: ['{method="POST"} #3'],
  },
];
