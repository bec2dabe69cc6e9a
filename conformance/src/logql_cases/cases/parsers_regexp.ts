import type { LogCase } from '../log_case.ts';

/** Rules of log_queries: Regular expression. */
export const PARSERS_REGEXP: readonly LogCase[] = [
  {
    rule: 'the example of the documentation',
    data: 'nginx',
    query: String.raw`{} |= "query_range" | regexp "(?P<method>\\w+) (?P<path>[\\w|/]+) \\((?P<status>\\d+?)\\) (?P<duration>.*)"`,
    expect: ['{duration="1.5s", method="POST", path="/api/prom/api/v1/query_range", status="200"} #4'],
  },
  {
    rule: 'no named group is refused',
    data: 'nginx',
    query: String.raw`{} | regexp "(\\w+)"`,
    expect: ['! parse error : invalid regexp parser: at least one named capture must be supplied'],
  },
  {
    rule: 'a line without a match',
    data: 'nginx',
    query: '{} |= "query_range" | regexp "(?P<x>[0-9]{9})"',
    expect: ['{} #4'],
  },
  {
    rule: 'only named groups',
    data: 'nginx',
    query: String.raw`{} |= "query_range" | regexp "(\\w+) (?P<p>\\S+)"`,
    expect: ['{p="/api/prom/api/v1/query_range"} #4'],
  },
  {
    rule: 'a group that takes no part',
    data: 'nginx',
    query: '{} |= "query_range" | regexp "(?P<m>GET)|(?P<n>POST)"',
    expect: ['{m="", n="POST"} #4'],
  },
  {
    rule: 'a pattern that does not compile is refused',
    data: 'nginx',
    query: '{} | regexp "(?P<x>"',
    expect: ['! parse error : invalid regexp parser: error parsing regexp: missing closing ): `(?P<x>`'],
  },
  {
    rule: 'a name twice is refused',
    data: 'nginx',
    query: '{} | regexp "(?P<x>a)(?P<x>b)"',
    expect: ["! parse error : invalid regexp parser: duplicate extracted label name 'x'"],
  },
  {
    rule: 'a name that a stream label has',
    data: 'nginx',
    query: String.raw`{} |= "query_range" | regexp "(?P<fixture>\\w+)"`,
    expect: ['{fixture_extracted="POST"} #4'],
  },
  {
    rule: 'the first match counts',
    data: 'nginx',
    query: String.raw`{} |= "query_range" | regexp "/(?P<seg>\\w+)"`,
    expect: ['{seg="api"} #4'],
  },
];
