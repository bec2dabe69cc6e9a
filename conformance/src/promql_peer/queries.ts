import { seeded } from '../crash/random.ts';

/** A query and how it is asked; times in seconds since the epoch. */
export interface PeerQuery {
  readonly text: string;
  readonly startS: number;
  readonly endS: number;
  /** 0 for an instant query at `endS`. */
  readonly stepS: number;
}

type Random = () => number;
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

/** Queries by the language's grammar, the same for the same seed. What picks by internal order (limitk) is left out. */
export function makeQueries(seed: number, count: number, startS: number, endS: number): readonly PeerQuery[] {
  const random = seeded(seed);
  const queries: PeerQuery[] = [];
  const seen = new Set<string>();
  while (queries.length < count) {
    const text = vector(random, 3);
    if (text.length > 600 || seen.has(text)) continue;
    seen.add(text);
    if (random() < 0.5) {
      const at = startS + Math.floor(random() * (endS - startS));
      queries.push({ text, startS: at, endS: at, stepS: 0 });
    } else {
      const from = startS + Math.floor(random() * ((endS - startS) / 2));
      const stepS = pick(random, [7, 15, 30, 60, 300]);
      queries.push({ text, startS: from, endS: from + stepS * Math.floor(1 + random() * 40), stepS });
    }
  }
  return queries;
}

const GAUGES = ['celsius', 'up', 'odd'];
const COUNTERS = ['requests_total', 'latency_seconds_bucket', 'latency_seconds_count', 'latency_seconds_sum'];
const MATCHERS = ['job="api"', 'job!="web"', 'instance=~"a|b"', 'instance!~"c.*"', 'code=~"[45].."', 'missing=""'];
const RANGES = ['30s', '1m', '2m30s', '5m', '13m', '1h'];
const LABELS = ['job', 'instance', 'code', 'le', 'room', 'kind'];

function selector(random: Random, name: string): string {
  const count = Math.floor(random() * 2.4);
  const matchers = new Set(Array.from({ length: count }, () => pick(random, MATCHERS)));
  return matchers.size === 0 ? name : `${name}{${[...matchers].join(',')}}`;
}

function modifiers(random: Random): string {
  const roll = random();
  if (roll < 0.75) return '';
  if (roll < 0.9) return ` offset ${pick(random, ['1m', '17s', '-2m', '20m'])}`;
  return ` @ ${pick(random, ['start()', 'end()'])}`;
}

function name(random: Random): string {
  const roll = random();
  return roll < 0.4 ? pick(random, GAUGES) : roll < 0.8 ? pick(random, COUNTERS) : 'rpc_seconds';
}

function range(random: Random, source: string, depth: number): string {
  if (depth > 0 && random() < 0.15)
    return `(${vector(random, depth - 1)})[${pick(random, RANGES)}:${pick(random, ['', '30s', '1m', '47s'])}]${modifiers(random)}`;
  return `${selector(random, source)}[${pick(random, RANGES)}]${modifiers(random)}`;
}

/** An expression of instant vectors. */
function vector(random: Random, depth: number): string {
  if (depth === 0) return `${selector(random, name(random))}${modifiers(random)}`;
  return pick(random, PRODUCTIONS)(random, depth);
}

type Production = (random: Random, depth: number) => string;

const OVER_TIME =
  'avg min max sum count stddev stdvar last present quantile mad first ts_of_max ts_of_min ts_of_last ts_of_first'.split(
    ' ',
  );
const POINTWISE =
  'abs ceil floor exp ln log2 log10 sqrt sgn round timestamp deg rad sin cos atan day_of_week hour minute'.split(' ');

const PRODUCTIONS: readonly Production[] = [
  (random) => `${selector(random, name(random))}${modifiers(random)}`,
  (random, depth) =>
    `${pick(random, ['rate', 'increase', 'irate', 'resets', 'changes'])}(${range(random, pick(random, [...COUNTERS, 'rpc_seconds']), depth)})`,
  (random, depth) =>
    `${pick(random, ['delta', 'idelta', 'deriv'])}(${range(random, pick(random, [...GAUGES, 'rpc_seconds']), depth)})`,
  (random, depth) => {
    const kind = pick(random, OVER_TIME);
    return kind === 'quantile'
      ? `quantile_over_time(${pick(random, ['0.5', '0.9', '0', '1', '1.5'])}, ${range(random, name(random), depth)})`
      : `${kind}_over_time(${range(random, name(random), depth)})`;
  },
  (random, depth) => `predict_linear(${range(random, 'celsius', depth)}, ${pick(random, ['60', '3600', '-60'])})`,
  (random, depth) => `double_exponential_smoothing(${range(random, 'celsius', depth)}, 0.5, 0.3)`,
  aggregation,
  aggregation,
  aggregation,
  (random, depth) =>
    `${pick(random, ['topk', 'bottomk'])}${grouping(random)}(${pick(random, ['1', '2', '5'])}, ${vector(random, depth - 1)})`,
  (random, depth) => `quantile${grouping(random)}(${pick(random, ['0.3', '0.95'])}, ${vector(random, depth - 1)})`,
  (random, depth) => `count_values${grouping(random)}("value", ${vector(random, depth - 1)})`,
  (random, depth) => `${pick(random, POINTWISE)}(${vector(random, depth - 1)})`,
  (random, depth) => `clamp${pick(random, ['_min', '_max'])}(${clampArguments(random, depth)}`,
  (random, depth) =>
    `histogram_quantile(${pick(random, ['0.5', '0.99', '0', '2'])}, ${pick(random, ['', 'sum by (le, job) '])}(rate(${selector(random, 'latency_seconds_bucket')}[${pick(random, RANGES)}]${depth > 2 ? modifiers(random) : ''})))`,
  (random) =>
    `histogram_quantile(${pick(random, ['0.5', '0.9'])}, ${pick(random, ['', 'sum by (job) '])}(rate(rpc_seconds[${pick(random, RANGES)}])))`,
  (random) =>
    `histogram_${pick(random, ['count', 'sum', 'avg', 'stddev', 'stdvar'])}(${pick(random, ['rpc_seconds', 'rate(rpc_seconds[5m])', 'sum(rpc_seconds)'])})`,
  (random) => `histogram_fraction(0, ${pick(random, ['1', '2.5'])}, increase(rpc_seconds[${pick(random, RANGES)}]))`,
  (random, depth) => `label_replace(${vector(random, depth - 1)}, "to", "$1-x", "${pick(random, LABELS)}", "(.*)")`,
  (random, depth) => `label_join(${vector(random, depth - 1)}, "to", "/", "job", "instance")`,
  (random, depth) => `sort${pick(random, ['', '_desc'])}(${vector(random, depth - 1)})`,
  (random, depth) => `absent(${vector(random, depth - 1)})`,
  (random, depth) => `absent_over_time(${range(random, name(random), depth)})`,
  (random, depth) => `-(${vector(random, depth - 1)})`,
  (random, depth) => `vector(scalar(${vector(random, depth - 1)}))`,
  (random) => `requests_total * on (job, instance) group_left (version) ${selector(random, 'target_info')}`,
  (random) => `${pick(random, ['info(requests_total)', 'info(rate(requests_total[5m]), {version=~".+"})'])}`,
  binary,
  binary,
  binary,
];

function clampArguments(random: Random, depth: number): string {
  return `${vector(random, depth - 1)}, ${pick(random, ['0', '1', '10.5'])})`;
}

function grouping(random: Random): string {
  const roll = random();
  if (roll < 0.3) return '';
  const labels = new Set(Array.from({ length: 1 + Math.floor(random() * 2) }, () => pick(random, LABELS)));
  return ` ${roll < 0.75 ? 'by' : 'without'} (${[...labels].join(', ')}) `;
}

function aggregation(random: Random, depth: number): string {
  const operator = pick(random, ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar']);
  return `${operator}${grouping(random)}(${vector(random, depth - 1)})`;
}

const ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2'];
const COMPARISON = ['==', '!=', '>', '<', '>=', '<='];

function binary(random: Random, depth: number): string {
  const left = vector(random, depth - 1);
  const roll = random();
  if (roll < 0.35) {
    const comparison = random() < 0.5;
    const operator = comparison ? pick(random, COMPARISON) : pick(random, ARITHMETIC);
    const bool = comparison && random() < 0.4 ? ' bool' : '';
    return `(${left}) ${operator}${bool} ${pick(random, ['0', '1', '2.5', '-3', '1e3'])}`;
  }
  if (roll < 0.6)
    return `(${left}) ${pick(random, ['and', 'or', 'unless'])}${matching(random)} (${vector(random, depth - 1)})`;
  if (roll < 0.85) return `(${left}) ${pick(random, [...ARITHMETIC, ...COMPARISON])} (${left})`;
  const by = pick(random, ['job', 'job, instance', 'instance']);
  const side = (): string => `sum by (${by}) (${vector(random, depth - 1)})`;
  return `${side()} ${pick(random, ARITHMETIC)} ${random() < 0.5 ? `on (${by}) ` : ''}${side()}`;
}

const matching = (random: Random): string =>
  random() < 0.6 ? '' : ` ${pick(random, ['on', 'ignoring'])} (${pick(random, LABELS)})`;
