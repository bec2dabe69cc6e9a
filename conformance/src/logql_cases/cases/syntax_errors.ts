import type { LogCase } from '../log_case.ts';

/** Rules of query_reference: errors of syntax, worded and placed. */
export const SYNTAX_ERRORS: readonly LogCase[] = [
  {
    rule: 'an empty query',
    data: 'plain',
    query: '',
    expect: ['! parse error : syntax error: unexpected $end'],
  },
  {
    rule: 'an unclosed selector',
    data: 'plain',
    query: '{fixture="plain"',
    expect: ['! parse error at line 1, col 17: syntax error: unexpected $end, expecting } or ,'],
  },
  {
    rule: 'a selector without a value',
    data: 'plain',
    query: '{fixture=}',
    expect: ['! parse error at line 1, col 10: syntax error: unexpected }, expecting STRING'],
  },
  {
    rule: 'an unclosed string',
    data: 'plain',
    query: '{fixture="plain} |= "x"',
    expect: ['! parse error at line 1, col 22: syntax error: unexpected IDENTIFIER, expecting } or ,'],
  },
  {
    rule: 'an unknown stage',
    data: 'plain',
    query: '{} | nosuchstage "x"',
    expect: ['! parse error at line 1, col 33: syntax error: unexpected STRING'],
  },
  {
    rule: 'an unknown function',
    data: 'plain',
    query: 'nosuch({}[1m])',
    expect: ['! parse error at line 1, col 1: syntax error: unexpected IDENTIFIER'],
  },
  {
    rule: 'a missing range',
    data: 'plain',
    query: 'count_over_time({})',
    expect: ['! parse error at line 1, col 34: syntax error: unexpected )'],
  },
  {
    rule: 'a bad duration',
    data: 'plain',
    query: 'count_over_time({}[1x])',
    expect: ['! parse error at line 1, col 34: unknown unit "x" in duration "1x"'],
  },
  {
    rule: 'a filter without text',
    data: 'plain',
    query: '{} |=',
    expect: ['! parse error at line 1, col 21: syntax error: unexpected $end, expecting STRING or ip'],
  },
  {
    rule: 'a stray bar',
    data: 'plain',
    query: '{} |',
    expect: ['! parse error at line 1, col 20: syntax error: unexpected $end'],
  },
  {
    rule: 'two selectors',
    data: 'plain',
    query: '{} {}',
    expect: ['! parse error at line 1, col 19: syntax error: unexpected {'],
  },
  {
    rule: 'a missing parenthesis',
    data: 'plain',
    query: 'sum(count_over_time({}[1m])',
    expect: ['! parse error at line 1, col 43: syntax error: unexpected $end'],
  },
  {
    rule: 'by without labels',
    data: 'plain',
    query: 'sum by (count_over_time({}[1m]))',
    expect: ['! parse error at line 1, col 9: syntax error: unexpected COUNT_OVER_TIME, expecting IDENTIFIER or )'],
  },
  {
    rule: 'a label name that is none',
    data: 'plain',
    query: '{1a="x"}',
    expect: ['! parse error at line 1, col 2: syntax error: unexpected NUMBER, expecting IDENTIFIER or }'],
  },
  {
    rule: 'line_format without a template',
    data: 'plain',
    query: '{} | line_format',
    expect: ['! parse error at line 1, col 32: syntax error: unexpected $end, expecting STRING'],
  },
  {
    rule: 'label_format without a value',
    data: 'plain',
    query: '{} | label_format a=',
    expect: ['! parse error at line 1, col 36: syntax error: unexpected $end, expecting IDENTIFIER or STRING'],
  },
  {
    rule: 'offset without a duration',
    data: 'plain',
    query: 'count_over_time({}[1m] offset)',
    expect: ['! parse error at line 1, col 45: syntax error: unexpected ), expecting DURATION'],
  },
  {
    rule: 'a number alone is a query',
    data: 'plain',
    query: '42',
    expect: ['42'],
  },
  {
    rule: 'a matcher by a single quote',
    data: 'plain',
    query: "{fixture='plain'}",
    expect: ['! parse error at line 1, col 10: invalid char literal'],
  },
  {
    rule: 'unwrap outside a range',
    data: 'plain',
    query: '{} | logfmt | unwrap v',
    expect: ['! parse error at line 1, col 30: syntax error: unexpected unwrap'],
  },
];
