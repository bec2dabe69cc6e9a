import { type Chapter, table } from '../trace_case.ts';

/** Rules of construct-traceql-queries: select, and the fields of an answer. */
export const SELECTION: Chapter = {
  data: 'calls',
  show: 'fields',
  cases: table([
    ['an attribute that is tested is in the answer', '{ .n = 1 }', 'a(n=1)'],
    ['select adds a field', '{ name = "a" } | select(.who)', 'a(who="ann")'],
    ['select adds several', '{ name = "a" } | select(span.n, .flag)', 'a(flag=true n=1)'],
    ['what a span has not is left out', '{ name =~ "a|c" } | select(.who)', 'a(who="ann")c()'],
    ['selected status', '{ name = "c" } | select(status)', 'c(status="error")'],
    ['selected kind', '{ name = "c" } | select(kind)', 'c(kind="client")'],
    ['selected status message', '{ name = "c" } | select(statusMessage)', 'c(statusMessage="declined")'],
    ['a float', '{ name = "a" } | select(.ratio)', 'a(ratio=0.5)'],
    ['a resource attribute', '{ name = "b" } | select(resource.region)', 'b(region="eu")'],
    ['name and duration have their own places', '{ name = "b" && duration > 1ms }', 'b()'],
    ['the service, when it is asked for', '{ name = "b" && resource.service.name = "shop" }', 'b(service.name="shop")'],
    ['an array', '{ name = "d" } | select(.tags)', 'd(tags=["red" "green"])'],
  ]),
};

/** Rules of construct-traceql-queries: what groups and aggregates found. */
export const FOUND: Chapter = {
  data: 'calls',
  show: 'groups',
  cases: table([
    ['the value of a group', '{ .n > 0 } | by(.n % 2)', 'ac<1> bd<0>'],
    ['the value of a group that is text', '{ .who != nil } | by(.who)', 'a<"ann"> b<"bob">'],
    ['a count', '{ .n > 0 } | count() > 1', 'abcd<4>'],
    ['group and count', '{ .n > 0 } | by(.n % 2) | count() > 1', 'ac<1 2> bd<0 2>'],
    ['an average', '{ .n > 0 } | avg(.n) > 1', 'abcd<2.5>'],
    ['a maximum', '{ .n > 0 } | max(.n) > 1', 'abcd<4>'],
    ['a group without the value', '{ name =~ "a|c" } | by(.who)', 'a<"ann"> c<"nil">'],
    ['coalesce forgets the groups', '{ .n > 0 } | by(.n) | coalesce()', 'abcd<>'],
  ]),
};
