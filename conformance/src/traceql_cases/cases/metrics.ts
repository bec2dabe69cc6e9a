import { type Chapter, table } from '../trace_case.ts';

/** Rules of metrics-queries/functions: series of spans over three steps of 20 s. */
export const METRICS: Chapter = {
  data: 'minute',
  cases: table([
    ['rate is spans per second', '{ @ } | rate()', '{__name__="rate"} 0.2 0.2 0.2'],
    ['count_over_time is spans per step', '{ @ } | count_over_time()', '{__name__="count_over_time"} 4 4 4'],
    ['counting nothing', '{ @ && name = "zz" } | count_over_time()', '{__name__="count_over_time"} 0 0 0'],
    ['counts by', '{ @ } | count_over_time() by (span.side)', '{span.side="even"} 2 2 2; {span.side="odd"} 2 2 2'],
    [
      'counts by an intrinsic',
      '{ @ } | count_over_time() by (status)',
      '{status="error"} 1 1 1; {status="unset"} 3 3 3',
    ],
    [
      'counts by two',
      '{ @ && kind = client } | count_over_time() by (kind, status)',
      '{kind="client" status="error"} 1 1 1; {kind="client" status="unset"} 1 1 1',
    ],
    [
      'a group without the value',
      '{ @ } | count_over_time() by (span.early)',
      '{span.early="nil"} 0 2 4; {span.early=true} 4 2 0',
    ],
    [
      'counts by the resource',
      '{ @ } | count_over_time() by (resource.service.name)',
      '{resource.service.name="shop"} 4 4 4',
    ],
    ['min_over_time', '{ @ } | min_over_time(span.n)', '{__name__="min_over_time"} 0 4 8'],
    ['max_over_time', '{ @ } | max_over_time(span.n)', '{__name__="max_over_time"} 3 7 11'],
    ['avg_over_time', '{ @ } | avg_over_time(span.n)', '{__name__="avg_over_time"} 1.5 5.5 9.5'],
    ['sum_over_time', '{ @ } | sum_over_time(span.n)', '{__name__="sum_over_time"} 6 22 38'],
    ['of floats', '{ @ } | sum_over_time(span.half)', '{__name__="sum_over_time"} 3 11 19'],
    ['of durations, in seconds', '{ @ } | max_over_time(duration)', '{__name__="max_over_time"} 0.008 0.008 0.008'],
    ['min by', '{ @ } | min_over_time(span.n) by (span.side)', '{span.side="even"} 0 4 8; {span.side="odd"} 1 5 9'],
    ['where some spans have no number', '{ @ } | max_over_time(span.nothing)', ''],
    [
      'histogram_over_time counts by powers of two',
      '{ @ && span.n >= 8 } | histogram_over_time(span.n)',
      '{__bucket=16} 0 0 3; {__bucket=8} 0 0 1',
    ],
    [
      'quantile_over_time goes between powers of two',
      '{ @ && span.n >= 8 } | quantile_over_time(span.n, 1)',
      '{p=1} 0 0 16',
    ],
    ['topk of each step', '{ @ } | count_over_time() by (status) | topk(1)', '{status="unset"} 3 3 3'],
    ['bottomk of each step', '{ @ } | count_over_time() by (status) | bottomk(1)', '{status="error"} 1 1 1'],
    ['series compared', '{ @ } | count_over_time() by (status) > 2', '{status="unset"} 3 3 3'],
    ['series compared, by value', '{ @ } | sum_over_time(span.n) > 10', '{__name__="sum_over_time"} - 22 38'],
    ['times a number', '({ @ } | rate()) * 100', '{__name__="rate"} 20 20 20'],
    [
      'series divided',
      '({ @ && status = error } | count_over_time()) / ({ @ } | count_over_time())',
      '{__name__="(count_over_time / count_over_time)"} 0.25 0.25 0.25',
    ],
    [
      'structural operators before',
      '{ @ && name = "a" } >> { span.side = "odd" } | count_over_time()',
      '{__name__="count_over_time"} 2 2 2',
    ],
    ['exemplars by a hint', '{ @ } | rate() with (exemplars=5)', '{__name__="rate"} 0.2 0.2 0.2'],
    [
      'every span is looked at although a sample is asked for',
      '{ @ } | rate() with (sample=false)',
      '{__name__="rate"} 0.2 0.2 0.2',
    ],
    ['the root’s name decides', '{ @ && rootName = "a" } | count_over_time()', '{__name__="count_over_time"} 4 4 4'],
  ]),
};
