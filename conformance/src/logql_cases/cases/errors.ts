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
];
