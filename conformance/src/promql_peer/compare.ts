/** An answer of the query API, as far as it is compared. */
export interface Answer {
  readonly status: number;
  readonly body: {
    readonly status: string;
    readonly errorType?: string;
    readonly error?: string;
    readonly warnings?: readonly string[];
    readonly infos?: readonly string[];
    readonly data?: { readonly resultType: string; readonly result: unknown };
  };
}

/**
 * How two answers differ; undefined when they do not. `rounding`: by the last bits of floats only; `ties`: the same values,
 * of other series, where equal values compete for a place (upstream takes them in the order of a Go map); `known`: with a
 * reason that `detail` names.
 */
export interface Difference {
  readonly kind:
    | 'known'
    | 'syntax'
    | 'error'
    | 'annotations'
    | 'series'
    | 'points'
    | 'values'
    | 'order'
    | 'rounding'
    | 'ties';
  readonly detail: string;
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: Point;
  readonly values?: readonly Point[];
  readonly histogram?: Point;
  readonly histograms?: readonly Point[];
}

type Point = readonly [number, unknown];

/** Relative difference that the order of additions may make. */
const ROUNDING = 1e-9;

/** Whether two answers hold the same values at the same times, of whatever series. */
export function sameValues(ours: Answer, theirs: Answer): boolean {
  const values = ({ body }: Answer): string => {
    const series = Array.isArray(body.data?.result) ? (body.data.result as readonly Series[]) : [];
    return series
      .flatMap((one) => pointsOf(one).map((point) => JSON.stringify(point)))
      .sort()
      .join();
  };
  return values(ours) === values(theirs);
}

/** @param ordered whether the order of series is part of the answer */
export function compareAnswers(ours: Answer, theirs: Answer, ordered: boolean): Difference | undefined {
  if (ours.status !== theirs.status || ours.body.errorType !== theirs.body.errorType)
    return { kind: 'error', detail: `${errorOf(ours)} ≠ ${errorOf(theirs)}` };
  if (ours.body.data === undefined || theirs.body.data === undefined) {
    return ours.body.error === theirs.body.error
      ? undefined
      : { kind: 'error', detail: `${errorOf(ours)} ≠ ${errorOf(theirs)}` };
  }
  return (
    compareData(ours.body.data, theirs.body.data, ordered) ??
    annotations('warnings', ours.body.warnings, theirs.body.warnings) ??
    annotations('infos', ours.body.infos, theirs.body.infos)
  );
}

const errorOf = ({ status, body }: Answer): string => `${status} ${body.errorType ?? ''} ${body.error ?? body.status}`;

function annotations(
  name: string,
  ours: readonly string[] = [],
  theirs: readonly string[] = [],
): Difference | undefined {
  const [a, b] = [[...ours].sort().join(' | '), [...theirs].sort().join(' | ')];
  return a === b ? undefined : { kind: 'annotations', detail: `${name}: [${a}] ≠ [${b}]` };
}

type Data = NonNullable<Answer['body']['data']>;

function compareData(ours: Data, theirs: Data, ordered: boolean): Difference | undefined {
  if (ours.resultType !== theirs.resultType)
    return { kind: 'series', detail: `${ours.resultType} ≠ ${theirs.resultType}` };
  if (ours.resultType === 'scalar' || ours.resultType === 'string')
    return comparePoint('', ours.result as Point, theirs.result as Point);
  const [a, b] = [ours.result as readonly Series[], theirs.result as readonly Series[]];
  const [aKeys, bKeys] = [a.map(keyOf), b.map(keyOf)];
  const missing = bKeys.filter((key) => !aKeys.includes(key));
  const extra = aKeys.filter((key) => !bKeys.includes(key));
  if (missing.length + extra.length > 0)
    return { kind: 'series', detail: `missing ${missing.slice(0, 3)}; too many ${extra.slice(0, 3)}` };
  if (ordered && aKeys.join() !== bKeys.join())
    return {
      kind: inOrder(a) === inOrder(b) ? 'ties' : 'order',
      detail: `${aKeys.slice(0, 4)} ≠ ${bKeys.slice(0, 4)}`,
    };
  let rounding: Difference | undefined;
  for (const series of b) {
    const key = keyOf(series);
    const difference = compareSeries(key, a[aKeys.indexOf(key)] as Series, series);
    if (difference !== undefined && difference.kind !== 'rounding') return difference;
    rounding ??= difference;
  }
  return rounding;
}

/** The values as they follow one another: equal ones may stand in any order. */
const inOrder = (series: readonly Series[]): string => series.map(({ value }) => JSON.stringify(value)).join();

const keyOf = ({ metric }: Series): string =>
  JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));

const pointsOf = (series: Series): readonly Point[] =>
  [
    ...(series.value === undefined ? [] : [series.value]),
    ...(series.histogram === undefined ? [] : [series.histogram]),
    ...(series.values ?? []),
    ...(series.histograms ?? []),
  ].toSorted(([a], [b]) => a - b);

function compareSeries(key: string, ours: Series, theirs: Series): Difference | undefined {
  const [a, b] = [pointsOf(ours), pointsOf(theirs)];
  if (a.length !== b.length) return { kind: 'points', detail: `${key}: ${a.length} ≠ ${b.length} points` };
  let rounding: Difference | undefined;
  for (const [i, point] of b.entries()) {
    const difference = comparePoint(key, a[i] as Point, point);
    if (difference !== undefined && difference.kind !== 'rounding') return difference;
    rounding ??= difference;
  }
  return rounding;
}

function comparePoint(key: string, [aTime, a]: Point, [bTime, b]: Point): Difference | undefined {
  if (aTime !== bTime) return { kind: 'points', detail: `${key}: times ${aTime} ≠ ${bTime}` };
  const [ours, theirs] = [JSON.stringify(a), JSON.stringify(b)];
  if (ours === theirs) return undefined;
  const detail = `${key} at ${bTime}: ${ours} ≠ ${theirs}`;
  return { kind: nearly(a, b) ? 'rounding' : 'values', detail };
}

/** Numbers in texts, in lists and members of histograms alike. */
function nearly(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') {
    const [x, y] = [Number(a), Number(b)];
    return a === b || Math.abs(x - y) <= ROUNDING * Math.max(Math.abs(x), Math.abs(y));
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const keys = Object.keys(b);
  if (Object.keys(a).length !== keys.length) return false;
  return keys.every((key) => nearly((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

/** Differences that stay, each with its reason. */
const KNOWN: readonly { readonly query: RegExp; readonly detail: RegExp; readonly reason: string }[] = [
  {
    query: /predict_linear\(\(.*\)\[[^\]]*\]( offset [^ ]+)? @/,
    detail: /too many|points/,
    reason: 'upstream answers nothing to predict_linear over a subquery pinned by @, which all other functions answer',
  },
  {
    query: /count_values.*\b(sin|cos|atan|tan|exp|ln|log10|deg|rad|stddev|stdvar|atan2)\b/,
    detail: /missing .*too many/,
    reason:
      'count_values makes labels of values, so that the last bit of a sine or logarithm, which Go rounds otherwise, shows',
  },
  {
    query: /\b(minute|hour|day_of_\w+|days_in_month|month|year)\(/,
    detail: /"NaN" ≠/,
    reason: 'the calendar of NaN: upstream converts NaN to an integer, and what that gives depends on the processor',
  },
];

/** The difference as known when there is a reason for it. */
export function explained(query: string, difference: Difference): Difference {
  const known = KNOWN.find((one) => one.query.test(query) && one.detail.test(difference.detail));
  return known === undefined ? difference : { kind: 'known', detail: `${known.reason}; ${difference.detail}` };
}
