import type { LogCase } from '../log_case.ts';

/** Rules of query_reference: pipeline errors. */
export const ERRORS: readonly LogCase[] = [
  {
    rule: 'an error in a metric query fails it',
    data: 'numbers',
    query: 'sum_over_time({} | logfmt | unwrap v [1m])',
    expect: [
      '! pipeline error: \'SampleExtractionErr\' for series: \'{__error__="SampleExtractionErr", __error_details__="strconv.ParseFloat: parsing \\"oops\\": invalid syntax", b="oops", d="oops", fixture="numbers", g="c", service_name="cases", v="oops"}\'.\nUse a label filter to intentionally skip this error. (e.g | __error__!="SampleExtractionErr").\nTo skip all potential errors you can match empty errors.(e.g __error__="")\nThe label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )',
    ],
  },
  {
    rule: 'errors filtered after the unwrap',
    data: 'numbers',
    query: 'sum_over_time({} | logfmt | unwrap v | __error__="" [1m]) by (g)',
    expect: ['! parse error : grouping not allowed for sum_over_time aggregation'],
  },
  {
    rule: 'errors of the parser filtered',
    data: 'http',
    query: 'count_over_time({} | json | __error__="" | keep level [1m])',
    expect: ['{level="error"} 1', '{level="info"} 1', '{} 2'],
  },
  {
    rule: 'an error of a parser in a metric query',
    data: 'http',
    query: 'count_over_time({} | json [1m])',
    expect: [
      '! pipeline error: \'JSONParserErr\' for series: \'{__error__="JSONParserErr", __error_details__="Value looks like object, but can\'t find closing \'}\' symbol", fixture="http", service_name="cases"}\'.\nUse a label filter to intentionally skip this error. (e.g | __error__!="JSONParserErr").\nTo skip all potential errors you can match empty errors.(e.g __error__="")\nThe label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )',
    ],
  },
  {
    rule: 'errors dropped',
    data: 'numbers',
    query: 'sum by (g) (count_over_time({} | logfmt | v > 1 | drop __error__, __error_details__ [1m]))',
    expect: ['{g="a"} 1', '{g="b"} 2', '{g="c"} 2'],
  },
  {
    rule: 'the kind of error filtered',
    data: 'numbers',
    query: 'count_over_time({} | logfmt | v > 1 | __error__!="LabelFilterErr" | keep g [1m])',
    expect: ['{g="a"} 1', '{g="b"} 2', '{g="c"} 1'],
  },
  {
    rule: 'lines with errors only',
    data: 'numbers',
    query: '{} | logfmt | v > 1 | __error__="LabelFilterErr" | keep v',
    expect: [
      String.raw`{__error__="LabelFilterErr", __error_details__="strconv.ParseFloat: parsing \"oops\": invalid syntax", v="oops"} #6`,
    ],
  },
  {
    rule: 'details of the error',
    data: 'numbers',
    query: '{} | logfmt | d > 1s | __error_details__=~".*invalid duration.*" | keep d',
    expect: [
      String.raw`{__error__="LabelFilterErr", __error_details__="time: invalid duration \"oops\"", d="oops"} #6`,
    ],
    unlikeLoki: 'Loki shows the details but no filter sees them',
  },
  {
    rule: 'a sum of all lines needs no parser, whose errors then do not matter',
    data: 'http',
    query: 'sum(count_over_time({} | json [1m]))',
    expect: ['{} 6'],
  },
  {
    rule: 'a sum by nothing is one of all lines',
    data: 'malformed',
    query: 'sum by () (bytes_over_time({} | json | logfmt --strict [1m]))',
    expect: ['{} 170'],
  },
  {
    rule: 'a parser stops when it has all that is asked for: what is behind it in the line does not matter',
    data: 'malformed',
    query: 'sum by (a) (count_over_time({} | json | a="1" [1m]))',
    expect: ['{a="1"} 1'],
  },
  {
    rule: 'two parsers: the second does not run when the first found all that is asked for',
    data: 'malformed',
    query: 'sum by (a) (count_over_time({} | json | a!="" | logfmt --strict [1m]))',
    expect: ['{a="-"} 1', '{a="1"} 1', '{a="5"} 1', '{a="two"} 1'],
  },
  {
    rule: 'absent_over_time needs no parser',
    data: 'http',
    query: 'absent_over_time({} | json [1m])',
    expect: [],
  },
  {
    rule: 'absent_over_time needs no unpack',
    data: 'malformed',
    query: 'absent_over_time({} | unpack | logfmt --strict [1m])',
    expect: [],
  },
  {
    rule: 'errors of parsers counted: a filter asks for them',
    data: 'http',
    query: 'sum by (fixture) (count_over_time({} | json | __error__!="" [1m]))',
    expect: ['{} 2'],
  },
  {
    rule: 'errors of parsers counted by their kind',
    data: 'malformed',
    query: 'sum by (__error__) (count_over_time({} | json [1m]))',
    expect: ['{__error__="JSONParserErr"} 8', '{} 4'],
  },
  {
    rule: 'errors of parsers in a sum of all that a filter asks for',
    data: 'malformed',
    query: 'sum(count_over_time({} | json | __error__="JSONParserErr" [1m]))',
    expect: ['{} 8'],
  },
  {
    rule: "errors that are no parser's fail a query that asks for errors",
    data: 'numbers',
    query: 'sum by (g) (count_over_time({} | logfmt | v > 1 | __error__!="" [1m]))',
    expect: [
      '! pipeline error: \'LabelFilterErr\' for series: \'{__error__="LabelFilterErr", __error_details__="strconv.ParseFloat: parsing \\"oops\\": invalid syntax", fixture="numbers", g="c", service_name="cases", v="oops"}\'.\nUse a label filter to intentionally skip this error. (e.g | __error__!="LabelFilterErr").\nTo skip all potential errors you can match empty errors.(e.g __error__="")\nThe label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )',
    ],
  },
  {
    rule: 'errors asked for without a sum fail the query',
    data: 'http',
    query: 'count by (fixture) (count_over_time({} |= "INFO" | json | __error__!="" [1m]))',
    expect: [
      '! pipeline error: \'JSONParserErr\' for series: \'{__error__="JSONParserErr", __error_details__="Value looks like object, but can\'t find closing \'}\' symbol", fixture="http", service_name="cases"}\'.\nUse a label filter to intentionally skip this error. (e.g | __error__!="JSONParserErr").\nTo skip all potential errors you can match empty errors.(e.g __error__="")\nThe label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )',
    ],
  },
  {
    rule: 'a line without the unwrapped label is no sample, whatever went wrong with it',
    data: 'http',
    query: 'max_over_time({} | json | unwrap response_status [1m]) by (fixture)',
    expect: ['{} 401'],
  },
];
