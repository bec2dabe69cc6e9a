import { type Chapter, table } from '../trace_case.ts';

/** Rules of construct-traceql-queries: what makes no sense is refused. */
export const REFUSED: Chapter = {
  data: 'calls',
  cases: table([
    ['a filter is a boolean', '{ 1 + 1 }', '!'],
    ['types go together', '{ 1 = "a" }', '!'],
    ['an intrinsic has its type', '{ duration = "a" }', '!'],
    ['a status has no order', '{ status > error }', '!'],
    ['a kind is compared with kinds', '{ kind = error }', '!'],
    ['a pattern is RE2', '{ .who =~ "(" }', '!'],
    ['a pattern has no look-around', '{ .who =~ "a(?=b)" }', '!'],
    ['an intrinsic cannot be nil', '{ name = nil }', '!'],
    ['a service name cannot be nil', '{ resource.service.name = nil }', '!'],
    ['a group references the span', '{} | by(1)', '!'],
    ['an aggregate references the span', '{} | max(1) > 1', '!'],
    ['an aggregate is of numbers', '{} | max(name) > 1', '!'],
    ['coalesce does not begin a pipeline', 'coalesce()', '!'],
    ['an unknown intrinsic', '{ span:nothing = 1 }', '!'],
    ['an unknown scope', '{ server.name = 1 }', '!'],
    ['a missing bracket', '{ .n = 1', '!'],
    ['a missing operand', '{ .n = }', '!'],
    ['nothing', '|', '!'],
    ['a quantile is between 0 and 1', '{} | quantile_over_time(duration, 2)', '!'],
    ['topk takes a positive number', '{} | rate() | topk(0)', '!'],
    ['compare takes no further stage', '{} | compare({ status = error }) | topk(1)', '!'],
  ]),
};
