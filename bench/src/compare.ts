import type { Product } from './bench_query.ts';

/** What two servers must agree on; numbers up to a relative difference, order of series and lines aside. */
type Facts = ReadonlyMap<string, readonly (readonly [key: string, value: string])[]>;

const RELATIVE_TOLERANCE = 1e-9;

/** How the answers of two servers to one query differ, or null when they agree. */
export function difference(product: Product, ours: string, theirs: string): string | null {
  const read = { prometheus: prometheusFacts, loki: lokiFacts, tempo: tempoFacts, jaeger: jaegerFacts }[product];
  const [a, b] = [read(JSON.parse(ours)), read(JSON.parse(theirs))];
  if (a.size !== b.size) return `${a.size} series here, ${b.size} there`;
  for (const [key, points] of a) {
    const others = b.get(key);
    if (others === undefined) return `${key} is missing there`;
    if (points.length !== others.length) return `${key}: ${points.length} points here, ${others.length} there`;
    for (let i = 0; i < points.length; i++) {
      const [at, value] = points[i] as readonly [string, string];
      const [otherAt, otherValue] = others[i] as readonly [string, string];
      if (at !== otherAt || !sameValue(value, otherValue))
        return `${key} at ${at}: ${value} here, ${otherValue} there (${otherAt})`;
    }
  }
  return null;
}

function sameValue(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [Number(a), Number(b)];
  if (Number.isNaN(x) || Number.isNaN(y)) return false;
  return Math.abs(x - y) <= RELATIVE_TOLERANCE * Math.max(Math.abs(x), Math.abs(y));
}

interface PrometheusAnswer {
  readonly data?:
    | {
        readonly result?: readonly { metric: object; values?: readonly [number, string][]; value?: [number, string] }[];
      }
    | readonly unknown[];
}

function keyOf(labels: object): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function prometheusFacts(answer: unknown): Facts {
  const { data } = answer as PrometheusAnswer;
  if (Array.isArray(data))
    return new Map([
      [
        'list',
        data
          .map((item) => [typeof item === 'object' ? keyOf(item as object) : String(item), ''] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ],
    ]);
  const result =
    (data as { result?: readonly { metric: object; values?: [number, string][]; value?: [number, string] }[] })
      ?.result ?? [];
  return new Map(result.map(({ metric, values, value }) => [keyOf(metric), pointsOf(values, value)]));
}

function lokiFacts(answer: unknown): Facts {
  const { data } = answer as {
    data?:
      | {
          resultType?: string;
          result?: readonly {
            stream?: object;
            metric?: object;
            values?: readonly [string | number, string][];
            value?: [number, string];
          }[];
        }
      | string[];
  };
  if (Array.isArray(data)) return new Map([['list', [...data].sort().map((item) => [item, ''] as const)]]);
  const result = data?.result ?? [];
  if (data?.resultType === 'streams') {
    // Which labels a line carries differs by what a server derives; the lines and their times must be the same.
    const lines = result
      .flatMap(({ values = [] }) => values.map(([at, line]) => [String(at), line] as const))
      .sort(([a, x], [b, y]) => (a + x < b + y ? -1 : 1));
    return new Map([['lines', lines]]);
  }
  return new Map(result.map(({ metric = {}, values, value }) => [keyOf(metric), pointsOf(values, value)]));
}

/** The points of a series: a matrix has several, a vector one. */
function pointsOf(
  values: readonly (readonly [string | number, string])[] | undefined,
  value: readonly [string | number, string] | undefined,
): (readonly [string, string])[] {
  return (values ?? (value === undefined ? [] : [value])).map(([at, text]) => [String(at), text] as const);
}

interface TempoAnswer {
  readonly traces?: readonly { readonly traceID: string }[];
  readonly series?: readonly {
    readonly labels: readonly object[];
    readonly samples?: readonly { readonly timestampMs: string; readonly value?: number }[];
  }[];
  readonly scopes?: readonly { readonly name: string; readonly tags?: readonly string[] }[];
  readonly tagValues?: readonly { readonly value: string }[];
}

const list = (name: string, items: readonly string[]): Facts =>
  new Map([[name, [...items].sort().map((item) => [item, ''] as const)]]);

function tempoFacts(answer: unknown): Facts {
  const { traces, series, scopes, tagValues } = answer as TempoAnswer;
  if (traces !== undefined)
    return list(
      'traces',
      traces.map(({ traceID }) => traceID.padStart(32, '0')),
    );
  if (series !== undefined)
    return new Map(
      series.map(({ labels, samples }) => [
        JSON.stringify(labels),
        // Zero is left out of protobuf's JSON, and steps without spans by some.
        (samples ?? []).flatMap(({ timestampMs, value }) => (value ? [[timestampMs, String(value)] as const] : [])),
      ]),
    );
  // Which intrinsics there are differs by version; names in the data must be the same.
  const named = scopes?.filter(({ name }) => name === 'span' || name === 'resource');
  if (named !== undefined)
    return list(
      'tags',
      named.flatMap(({ name, tags }) => (tags ?? []).map((tag) => `${name}.${tag}`)),
    );
  if (tagValues !== undefined)
    return list(
      'values',
      tagValues.map(({ value }) => value),
    );
  return spanCount(answer, /"spanId":/g);
}

interface JaegerAnswer {
  readonly data?: readonly unknown[] | null;
  readonly services?: readonly string[];
  readonly operations?: readonly { readonly name: string }[];
  readonly summaries?: readonly JaegerSummary[];
}

/** Zero is left out of protobuf's JSON. */
interface JaegerSummary {
  readonly traceId: string;
  readonly spanCount?: number;
  readonly errorSpanCount?: number;
  readonly orphanSpanCount?: number;
  readonly rootServiceName?: string;
  readonly rootOperationName?: string;
  readonly minStartTimeUnixNano?: string;
}

function jaegerFacts(answer: unknown): Facts {
  const { data, services, operations, summaries } = answer as JaegerAnswer;
  if (services !== undefined) return list('services', services);
  // Badger does not keep the kinds of operations.
  if (operations !== undefined) return list('operations', [...new Set(operations.map(({ name }) => name))]);
  if (summaries !== undefined) return new Map(summaries.map((one) => [one.traceId, [['', summaryText(one)] as const]]));
  const items = data ?? [];
  if (items.every((item) => typeof item === 'string')) return list('names', items);
  if (items.every((item) => typeof item === 'object' && item !== null && 'traceID' in item)) {
    const ids = items.map((item) => String((item as { readonly traceID: string }).traceID).padStart(32, '0'));
    return new Map([...list('traces', ids), ...spanCount(answer, /"operationName":/g)]);
  }
  return list(
    'edges',
    items.map((item) => JSON.stringify(item)),
  );
}

function summaryText(summary: JaegerSummary): string {
  const { spanCount = 0, errorSpanCount = 0, orphanSpanCount = 0, rootServiceName, rootOperationName } = summary;
  return `${rootServiceName} ${rootOperationName} ${spanCount} ${errorSpanCount} ${orphanSpanCount} ${summary.minStartTimeUnixNano}`;
}

/** How many spans an answer has, by a field that each has once. */
function spanCount(answer: unknown, field: RegExp): Facts {
  return new Map([['spans', [[String(JSON.stringify(answer).match(field)?.length ?? 0), '']]]]);
}
