import type { Product } from './queries.ts';

/** What two servers must agree on; numbers up to a relative difference, order of series and lines aside. */
type Facts = ReadonlyMap<string, readonly (readonly [key: string, value: string])[]>;

const RELATIVE_TOLERANCE = 1e-9;

/** How the answers of two servers to one query differ, or null when they agree. */
export function difference(product: Product, ours: string, theirs: string): string | null {
  const read = { prometheus: prometheusFacts, loki: lokiFacts, tempo: tempoFacts }[product];
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
  return new Map(
    result.map(({ metric, values, value }) => [
      keyOf(metric),
      (values ?? (value ? [value] : [])).map(([at, text]) => [String(at), text] as const),
    ]),
  );
}

function lokiFacts(answer: unknown): Facts {
  const { data } = answer as {
    data?:
      | {
          resultType?: string;
          result?: readonly { stream?: object; metric?: object; values: readonly [string | number, string][] }[];
        }
      | string[];
  };
  if (Array.isArray(data)) return new Map([['list', [...data].sort().map((item) => [item, ''] as const)]]);
  const result = data?.result ?? [];
  if (data?.resultType === 'streams') {
    // Which labels a line carries differs by what a server derives; the lines and their times must be the same.
    const lines = result
      .flatMap(({ values }) => values.map(([at, line]) => [String(at), line] as const))
      .sort(([a, x], [b, y]) => (a + x < b + y ? -1 : 1));
    return new Map([['lines', lines]]);
  }
  return new Map(
    result.map(({ metric, values }) => [keyOf(metric ?? {}), values.map(([at, text]) => [String(at), text] as const)]),
  );
}

function tempoFacts(answer: unknown): Facts {
  const { traces } = answer as { traces?: readonly { traceID: string }[] };
  if (traces !== undefined)
    return new Map([['traces', traces.map(({ traceID }) => [traceID.padStart(32, '0'), ''] as const).sort()]]);
  const spans = JSON.stringify(answer).match(/"spanId":/g)?.length ?? 0;
  return new Map([['spans', [[String(spans), '']]]]);
}
