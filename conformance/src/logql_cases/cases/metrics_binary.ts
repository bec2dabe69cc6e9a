import type { LogCase } from '../log_case.ts';

/** Rules of query_reference: binary operators. */
export const METRICS_BINARY: readonly LogCase[] = [
  {
    rule: 'arithmetic with a number',
    data: 'services',
    query: 'sum(count_over_time({}[1m])) * 2 + 1',
    expect: ['{} 13'],
  },
  {
    rule: 'numbers alone',
    data: 'services',
    query: '2 + 3 * 4 ^ 2 % 7',
    expect: ['8'],
  },
  {
    rule: '^ binds to the right',
    data: 'services',
    query: '2 ^ 3 ^ 2',
    expect: ['512'],
  },
  {
    rule: 'two vectors match on all labels',
    data: 'services',
    query: 'sum by (app) (count_over_time({}[1m])) / sum by (app) (count_over_time({} |= "s=200" [1m]))',
    expect: ['{app="api"} 1.3333333333333333', '{app="web"} 2'],
  },
  {
    rule: 'division by zero',
    data: 'services',
    query: 'sum(count_over_time({}[1m])) / 0',
    expect: ['{} NaN'],
  },
  {
    rule: 'modulo',
    data: 'services',
    query: 'sum(count_over_time({}[1m])) % 4',
    expect: ['{} 2'],
  },
  {
    rule: 'a comparison filters',
    data: 'services',
    query: 'sum by (app) (count_over_time({}[1m])) > 2',
    expect: ['{app="api"} 4'],
  },
  {
    rule: 'bool makes 0 and 1',
    data: 'services',
    query: 'sum by (app) (count_over_time({}[1m])) > bool 2',
    expect: ['{app="api"} 1', '{app="web"} 0'],
  },
  {
    rule: 'comparison of numbers',
    data: 'services',
    query: '1 > bool 2',
    expect: ['0'],
  },
  {
    rule: 'a comparison of a number with a vector',
    data: 'services',
    query: '2 < sum by (app) (count_over_time({}[1m]))',
    expect: ['{app="api"} 4'],
  },
  {
    rule: 'and',
    data: 'services',
    query: 'sum by (app) (count_over_time({}[1m])) and sum by (app) (count_over_time({} |= "s=404" [1m]))',
    expect: ['{app="web"} 2'],
  },
  {
    rule: 'or',
    data: 'services',
    query: 'sum by (app) (count_over_time({} |= "s=404" [1m])) or sum by (app) (count_over_time({}[1m]))',
    expect: ['{app="api"} 4', '{app="web"} 1'],
  },
  {
    rule: 'unless',
    data: 'services',
    query: 'sum by (app) (count_over_time({}[1m])) unless sum by (app) (count_over_time({} |= "s=404" [1m]))',
    expect: ['{app="api"} 4'],
  },
  {
    rule: 'on',
    data: 'services',
    query:
      'sum by (app, env) (count_over_time({fixture="services", env="prod"}[1m])) / on (app) sum by (app) (count_over_time({}[1m]))',
    expect: ['{app="api"} 0.75', '{app="web"} 1'],
  },
  {
    rule: 'ignoring',
    data: 'services',
    query:
      'sum by (app, env) (count_over_time({fixture="services", env="prod"}[1m])) / ignoring (env) sum by (app) (count_over_time({}[1m]))',
    expect: ['{app="api"} 0.75', '{app="web"} 1'],
  },
  {
    rule: 'group_left',
    data: 'services',
    query:
      'sum by (app, env) (count_over_time({}[1m])) / on (app) group_left () sum by (app) (count_over_time({}[1m]))',
    expect: ['{app="api", env="dev"} 0.25', '{app="api", env="prod"} 0.75', '{app="web", env="prod"} 1'],
  },
  {
    rule: 'group_right',
    data: 'services',
    query:
      'sum by (app) (count_over_time({}[1m])) / on (app) group_right () sum by (app, env) (count_over_time({}[1m]))',
    expect: ['{app="api", env="dev"} 4', '{app="api", env="prod"} 1.3333333333333333', '{app="web", env="prod"} 1'],
  },
  {
    rule: 'group_left takes labels over',
    data: 'services',
    query:
      'sum by (app, env) (count_over_time({}[1m])) / on (app) group_left (env) label_replace(sum by (app) (count_over_time({}[1m])), "env", "all", "app", ".*")',
    expect: ['! multiple matches for labels: grouping labels must ensure unique matches'],
  },
  {
    rule: 'many to one must be said',
    data: 'services',
    query: 'sum by (app, env) (count_over_time({}[1m])) / on (app) sum by (app) (count_over_time({}[1m]))',
    expect: ['! multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'],
  },
  {
    rule: 'precedence',
    data: 'services',
    query: '1 + 2 * 3 == bool 7',
    expect: ['1'],
  },
  {
    rule: 'unless with on',
    data: 'services',
    query: 'count_over_time({}[1m]) unless on (env) count_over_time({fixture="services", app="web"}[1m])',
    expect: ['{app="api", env="dev"} 1'],
  },
  {
    rule: 'a literal in a set operation is refused',
    data: 'services',
    query: 'sum(count_over_time({}[1m])) and 1',
    expect: ['! parse error : unexpected literal for right leg of logical/set binary operation (and): 1.000000'],
  },
  {
    rule: 'a log query in an operation is refused',
    data: 'services',
    query: '{} + 1',
    expect: ['! parse error : unexpected type for left leg of binary operation (+): *syntax.MatchersExpr'],
  },
  {
    rule: 'signs of numbers',
    data: 'services',
    query: '-1 + +3',
    expect: ['2'],
  },
  {
    rule: '== of vectors',
    data: 'services',
    query: 'sum by (app) (count_over_time({}[1m])) == 4',
    expect: ['{app="api"} 4'],
  },
  {
    rule: '!= of vectors',
    data: 'services',
    query: 'sum by (app) (count_over_time({}[1m])) != 4',
    expect: ['{app="web"} 2'],
  },
];
