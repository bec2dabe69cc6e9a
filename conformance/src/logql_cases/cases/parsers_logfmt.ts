import type { LogCase } from '../log_case.ts';

/** Rules of log_queries: logfmt. */
export const PARSERS_LOGFMT: readonly LogCase[] = [
  {
    rule: 'all keys and values',
    data: 'logfmt',
    query: '{} |= "fwd" | logfmt',
    expect: [
      '{at="info", fwd="124.133.124.161", host="grafana.net", latency="8ms", method="GET", path="/", status="200"} #1',
      String.raw`{at="warn", fwd="10.4.5.6", host="bank.test", latency="1.2s", method="POST", msg="say \"hi\" now", path="/pay", size="20MB", status="500"} #2`,
    ],
  },
  {
    rule: 'malformed pairs are skipped',
    data: 'logfmt',
    query: '{} |= "buzz" | logfmt',
    expect: ['{at="error", last="1"} #3'],
  },
  {
    rule: '--strict stops at the first malformed pair and marks the line',
    data: 'logfmt',
    query: '{} |= "buzz" | logfmt --strict',
    expect: ['{__error__="LogfmtParserErr", __error_details__="logfmt syntax error at pos 1 : unexpected \'=\'"} #3'],
  },
  {
    rule: '--strict over a well-formed line',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt --strict',
    expect: [
      '{at="info", fwd="124.133.124.161", host="grafana.net", latency="8ms", method="GET", path="/", status="200"} #1',
    ],
  },
  {
    rule: 'keys without values are left out',
    data: 'logfmt',
    query: '{} |= "lonely" | logfmt',
    expect: ['{at="info", latency="oops", size="5XB", status="abc"} #4'],
  },
  {
    rule: '--keep-empty keeps keys without values',
    data: 'logfmt',
    query: '{} |= "lonely" | logfmt --keep-empty',
    expect: ['{at="info", empty="", latency="oops", lonely="", quoted="", size="5XB", status="abc"} #4'],
  },
  {
    rule: 'only the fields asked for',
    data: 'logfmt',
    query: '{} |= "fwd" | logfmt host, fwd_ip="fwd"',
    expect: ['{fwd_ip="124.133.124.161", host="grafana.net"} #1', '{fwd_ip="10.4.5.6", host="bank.test"} #2'],
  },
  {
    rule: 'a standalone key asked for by name',
    data: 'logfmt',
    query: '{} |= "lonely" | logfmt lonely, empty',
    expect: ['{empty="", lonely=""} #4'],
  },
  {
    rule: 'a field asked for that is missing',
    data: 'logfmt',
    query: '{} |= "method=GET" | logfmt nosuch, host',
    expect: ['{host="grafana.net", nosuch=""} #1'],
  },
  {
    rule: '--strict with fields',
    data: 'logfmt',
    query: '{} |= "buzz" | logfmt --strict last',
    expect: [
      '{__error__="LogfmtParserErr", __error_details__="logfmt syntax error at pos 1 : unexpected \'=\'", last=""} #3',
    ],
  },
  {
    rule: '--keep-empty --strict with a field',
    data: 'logfmt',
    query: '{} |= "lonely" | logfmt --keep-empty --strict status',
    expect: ['{status="abc"} #4'],
  },
  {
    rule: 'names made label names, _extracted, the first of two',
    data: 'logfmt',
    query: '{} |= "1st" | logfmt',
    expect: ['{_1st="x", at="info", da_sh="y", dot_ted="z", fixture_extracted="inner"} #6'],
  },
  {
    rule: 'words only',
    data: 'logfmt',
    query: '{} |= "plain words" | logfmt',
    expect: ['{} #5'],
  },
  {
    rule: 'words only, kept empty',
    data: 'logfmt',
    query: '{} |= "plain words" | logfmt --keep-empty',
    expect: ['{only="", plain="", words=""} #5'],
  },
  {
    rule: 'escapes in quotes',
    data: 'logfmt',
    query: '{} |= "say" | logfmt msg',
    expect: [String.raw`{msg="say \"hi\" now"} #2`],
  },
  {
    rule: 'an expression for a renamed field with odd characters',
    data: 'logfmt',
    query: '{} |= "1st" | logfmt x="dot.ted", y="da-sh"',
    expect: [
      '! parse error : stage \'| logfmt x="dot.ted",y="da-sh"\' : cannot parse expression [dot.ted]: unexpected char .',
    ],
  },
];
