import { type Labels, labelsKey, labelValue, type Matcher } from '../../../model/labels.ts';
import { type ValuePredicate, valuePredicate } from '../../value_predicate.ts';
import type { EvaluationContext } from '../context.ts';
import { withLabel } from '../label_sets.ts';
import { evaluateVector, repeat } from '../operands.ts';
import { select } from '../operators/select.ts';
import type { InfoNode, SelectNode } from '../plan_nodes.ts';
import { PromqlError } from '../promql_error.ts';
import { copyPoint, emptySeries, hasPoints, type VectorSeries, type VectorValue } from '../values.ts';

/** Labels that say whose info a series is. Fixed upstream too. */
const IDENTIFYING = ['instance', 'job'] as const;

/**
 * info(v, selector): every series of `v` with the labels of the info series (`target_info` unless the selector names
 * others) that has the same `instance` and `job` at that step. Throws PromqlError where two of them conflict.
 */
export async function info(context: EvaluationContext, node: InfoNode): Promise<VectorValue> {
  const base = await evaluateVector(context, node.input);
  const names = infoNames(node.matchers.filter(({ name }) => name === '__name__'));
  const isInfo = names.map(valuePredicate);
  const ignored = base.series.map(({ labels }) => isInfo.every((p) => p.matches(labelValue(labels, '__name__'))));
  const wanted = identities(base.series.filter((_, i) => ignored[i] === false));
  const matchers = node.matchers.filter(({ name }) => name !== '__name__');
  const found = wanted.size === 0 ? [] : await infoSeries(context, node, [...names, ...matchers], wanted);
  return combine(context, base.series, ignored, index(found), matchers.map(valuePredicate), node.grid.count);
}

/** Which metrics are looked at: `target_info` when nothing is said, any `…_info` when only some are excluded. */
function infoNames(said: readonly Matcher[]): readonly Matcher[] {
  if (said.some(({ operator }) => operator === '=' || operator === '=~')) return said;
  if (said.length > 0) return [{ name: '__name__', operator: '=~', value: '.+_info' }, ...said];
  return [{ name: '__name__', operator: '=', value: 'target_info' }];
}

/** The values of each identifying label among the series; labels that none of them has are not there. */
function identities(series: readonly VectorSeries[]): ReadonlyMap<string, ReadonlySet<string>> {
  const values = new Map<string, Set<string>>();
  for (const { labels } of series) {
    for (const name of IDENTIFYING) {
      const value = labelValue(labels, name);
      if (value === '') continue;
      const set = values.get(name);
      if (set === undefined) values.set(name, new Set([value]));
      else set.add(value);
    }
  }
  return values;
}

/** How the samples of info series are picked: as by a selector without modifiers. */
const PLAIN: SelectNode['expr'] = {
  kind: 'vector-selector',
  name: '',
  matchers: [],
  anchored: false,
  smoothed: false,
  offsetMs: 0,
  range: { start: 0, end: 0 },
};

/** The info series of the wanted targets, each with the times of its samples (in seconds) as values. */
async function infoSeries(
  context: EvaluationContext,
  node: InfoNode,
  matchers: readonly Matcher[],
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<readonly VectorSeries[]> {
  const grid = node.pinned ? { ...node.grid, count: 1 } : node.grid;
  const from = grid.startMs - node.offsetMs - context.lookbackMs + 1;
  const data = await context.read({
    matchers: [...matchers, ...[...wanted].map(([name, values]) => oneOf(name, values))],
    fromMs: from,
    toMs: grid.startMs + (grid.count - 1) * grid.stepMs - node.offsetMs,
  });
  for (const series of data.histograms?.keys() ?? [])
    throw new PromqlError(
      'execution',
      `this should be an info metric, with float samples: ${braced(data.labels[series] ?? [])}`,
    );
  const selected: SelectNode = {
    kind: 'select',
    expr: PLAIN,
    fetch: 0,
    offsetMs: node.offsetMs,
    statistics: false,
    grid,
  };
  const times = await select({ ...context, fetched: [data] }, selected, 'time');
  const repeated = node.pinned ? repeat(context, times, node.grid) : times;
  return repeated.kind === 'vector' ? repeated.series : [];
}

const oneOf = (name: string, values: ReadonlySet<string>): Matcher => ({
  name,
  operator: '=~',
  value: [...values].map((value) => value.replace(/[.*+?()[\]{}|^$\\]/g, '\\$&')).join('|'),
});

/** Info series of one metric and target, in the order they were found. */
type InfoGroup = readonly VectorSeries[];

const identity = (labels: Labels): string => IDENTIFYING.map((name) => labelValue(labels, name)).join('\u0000');

/** Info series by target, and of each target by metric. */
function index(found: readonly VectorSeries[]): ReadonlyMap<string, readonly InfoGroup[]> {
  const groups = new Map<string, Map<string, VectorSeries[]>>();
  for (const one of found) {
    const target = identity(one.labels);
    const metrics = groups.get(target) ?? new Map<string, VectorSeries[]>();
    groups.set(target, metrics);
    const name = labelValue(one.labels, '__name__');
    const series = metrics.get(name);
    if (series === undefined) metrics.set(name, [one]);
    else series.push(one);
  }
  return new Map([...groups].map(([target, metrics]) => [target, [...metrics.values()]]));
}

async function combine(
  context: EvaluationContext,
  base: readonly VectorSeries[],
  ignored: readonly boolean[],
  groups: ReadonlyMap<string, readonly InfoGroup[]>,
  dataMatchers: readonly ValuePredicate[],
  count: number,
): Promise<VectorValue> {
  const results = new Map<string, VectorSeries>();
  const dataLabels = new Set(dataMatchers.map(({ name }) => name));
  const needsInfo = dataMatchers.some(({ matchesEmpty }) => !matchesEmpty);
  for (const [i, one] of base.entries()) {
    if ((i & 15) === 0 && context.due()) await context.pause();
    const mine = ignored[i] === true ? [] : (groups.get(identity(one.labels)) ?? []);
    let out: VectorSeries | undefined;
    let partners: readonly VectorSeries[] | undefined;
    for (let step = 0; step < count; step++) {
      if (one.present[step] === 0) continue;
      const now = newestOf(mine, step);
      if (now.length === 0 && needsInfo && ignored[i] === false) continue;
      if (out === undefined || partners === undefined || !areSame(partners, now)) {
        partners = now;
        out = resultOf(context, results, enriched(one.labels, now, dataLabels), one);
      }
      if (out.present[step] !== 0)
        throw new PromqlError('execution', 'vector cannot contain metrics with the same labelset');
      copyPoint(one, step, out, step);
    }
  }
  return { kind: 'vector', series: [...results.values()].filter(hasPoints) };
}

function resultOf(
  context: EvaluationContext,
  results: Map<string, VectorSeries>,
  labels: Labels,
  { dropName, present }: VectorSeries,
): VectorSeries {
  const key = labelsKey(labels);
  const known = results.get(key);
  if (known !== undefined) return known;
  context.hold(present.length);
  const out = emptySeries(labels, dropName, present.length);
  results.set(key, out);
  return out;
}

/** Of each metric the info series with the newest sample at a step; of equally new ones nobody can say which is right. */
function newestOf(groups: readonly InfoGroup[], step: number): readonly VectorSeries[] {
  const newest: VectorSeries[] = [];
  for (const group of groups) {
    let best: VectorSeries | undefined;
    for (const one of group) {
      if (one.present[step] === 0) continue;
      const time = one.values[step] as number;
      const other = best?.values[step];
      if (other === time && best !== undefined) duplicate(best, one, time);
      if (other === undefined || time > other) best = one;
    }
    if (best !== undefined) newest.push(best);
  }
  return newest;
}

function duplicate(a: VectorSeries, b: VectorSeries, seconds: number): never {
  const at = Math.round(seconds * 1000);
  throw new PromqlError(
    'execution',
    `found duplicate series for info metric: existing ${braced(a.labels)} @ ${at}, new ${braced(b.labels)} @ ${at}`,
  );
}

function braced(labels: Labels): string {
  const parts: string[] = [];
  for (let i = 0; i < labels.length; i += 2) parts.push(`${labels[i]}=${JSON.stringify(labels[i + 1])}`);
  return `{${parts.join(', ')}}`;
}

const areSame = (a: readonly VectorSeries[], b: readonly VectorSeries[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i]);

/** The base labels with those of its info series that it does not have itself. Throws PromqlError when infos disagree. */
function enriched(base: Labels, infos: readonly VectorSeries[], dataLabels: ReadonlySet<string>): Labels {
  const added = new Map<string, string>();
  for (const { labels } of infos) {
    for (let i = 0; i < labels.length; i += 2) {
      const name = labels[i] as string;
      const value = labels[i + 1] as string;
      if (name === '__name__' || (dataLabels.size > 0 && !dataLabels.has(name))) continue;
      const other = added.get(name);
      if (other !== undefined && other !== value) throw new PromqlError('execution', `conflicting label: ${name}`);
      if (labelValue(base, name) === '') added.set(name, value);
    }
  }
  let result = base;
  for (const [name, value] of added) result = withLabel(result, name, value);
  return result;
}
