import type { LogCase } from '../log_case.ts';

/** Rules of log_queries: unpack. */
export const PARSERS_UNPACK: readonly LogCase[] = [
  {
    rule: '_entry becomes the line',
    data: 'pack',
    query: '{} |= "3223f" | unpack',
    expect: ['{container="myapp", pod="pod-3223f"} = original log message'],
  },
  {
    rule: 'the line inside is parsed on',
    data: 'pack',
    query: '{} |= "warn" | unpack | json',
    expect: ['{container="myapp", fixture_extracted="x", level="warn", n="3"} = {"level":"warn","n":3}'],
  },
  {
    rule: 'a line that is no JSON',
    data: 'pack',
    query: '{} |= "not json" | unpack',
    expect: ['{__error__="JSONParserErr", __error_details__="expecting json object(6), but it is not"} #3'],
  },
  {
    rule: 'without _entry the line stays',
    data: 'pack',
    query: '{} |= "noentry" | unpack',
    expect: ['{} #4'],
  },
  {
    rule: 'unpack then filter on the new line',
    data: 'pack',
    query: '{} | unpack |= "original"',
    expect: ['{container="myapp", pod="pod-3223f"} = original log message'],
  },
  {
    rule: 'labels of the pack in a filter',
    data: 'pack',
    query: '{} | unpack | pod="pod-3223f"',
    expect: ['{container="myapp", pod="pod-3223f"} = original log message'],
  },
];
