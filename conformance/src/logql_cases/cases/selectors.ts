import type { LogCase } from '../log_case.ts';

/** Rules of log_queries: log stream selector. */
export const SELECTORS: readonly LogCase[] = [
  {
    rule: '= matches exactly',
    data: 'names',
    query: '{fixture="names", name="mysql-1"}',
    expect: ['{name="mysql-1"} #2'],
  },
  {
    rule: '!= keeps others and streams without the label',
    data: 'names',
    query: '{fixture="names", name!="mysql-1"}',
    expect: ['{name="mysql-backup"} #1', '{name="postgres"} #3', String.raw`{name="a\nmysql"} #4`],
  },
  {
    rule: '=~ is anchored at both ends',
    data: 'names',
    query: '{fixture="names", name=~"mysql.+"}',
    expect: ['{name="mysql-backup"} #1', '{name="mysql-1"} #2'],
  },
  {
    rule: '=~ must match the whole value',
    data: 'names',
    query: '{fixture="names", name=~"mysql"}',
    expect: [],
  },
  {
    rule: '!~ is anchored too',
    data: 'names',
    query: '{fixture="names", name!~`mysql-\\d+`}',
    expect: ['{name="mysql-backup"} #1', '{name="postgres"} #3', String.raw`{name="a\nmysql"} #4`],
  },
  {
    rule: '. does not match a newline in a label value without (?s)',
    data: 'names',
    query: '{fixture="names", name=~".*mysql.*"}',
    expect: ['{name="mysql-backup"} #1', '{name="mysql-1"} #2', String.raw`{name="a\nmysql"} #4`],
  },
  {
    rule: '(?s) lets . match a newline',
    data: 'names',
    query: '{fixture="names", name=~"(?s).*mysql.*"}',
    expect: ['{name="mysql-backup"} #1', '{name="mysql-1"} #2', String.raw`{name="a\nmysql"} #4`],
  },
  {
    rule: String.raw`[\S\s] matches newlines`,
    data: 'names',
    query: String.raw`{fixture="names", name=~"[\\S\\s]*mysql[\\S\\s]*"}`,
    expect: ['{name="mysql-backup"} #1', '{name="mysql-1"} #2', String.raw`{name="a\nmysql"} #4`],
  },
  {
    rule: 'alternatives',
    data: 'names',
    query: '{fixture="names", name=~"postgres|mysql-1"}',
    expect: ['{name="mysql-1"} #2', '{name="postgres"} #3'],
  },
  {
    rule: 'an empty value matches streams without the label',
    data: 'names',
    query: '{fixture="names", nosuch=""}',
    expect: [
      '{name="mysql-backup"} #1',
      '{name="mysql-1"} #2',
      '{name="postgres"} #3',
      String.raw`{name="a\nmysql"} #4`,
    ],
  },
  {
    rule: 'a selector must select something',
    data: 'names',
    query: '{nosuch=""}',
    expect: [
      '! parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will',
    ],
  },
  {
    rule: '.* alone selects nothing',
    data: 'names',
    query: '{nosuch=~".*"}',
    expect: [
      '! parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will',
    ],
  },
  {
    rule: 'matchers are combined',
    data: 'names',
    query: '{fixture="names", name=~"mysql.+", name!="mysql-1"}',
    expect: ['{name="mysql-backup"} #1'],
  },
  {
    rule: 'a comment ends with its line',
    data: 'names',
    query: '{fixture="names", name="postgres"} # comment |= "nothing"',
    expect: ['{name="postgres"} #3'],
  },
  {
    rule: 'a label of some streams only',
    data: 'services',
    query: '{fixture="services", env="dev"}',
    expect: ['{app="api", env="dev"} #4'],
  },
];
