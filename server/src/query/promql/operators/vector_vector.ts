import { type BinaryExpr, isComparison, type VectorMatching } from '@trilith/lang/promql';
import { type Labels, labelsKey, labelValue } from '../../../model/labels.ts';
import { type EvaluationContext, withoutName } from '../context.ts';
import { groupLabels, withLabel } from '../label_sets.ts';
import { PromqlError } from '../promql_error.ts';
import { emptySeries, hasPoints, putHistogram, type VectorSeries, type VectorValue } from '../values.ts';
import { comparison, scalarOperation } from './arithmetic.ts';
import { type Element, elementAt, isTrim, operateOnElements, StepRemarks } from './histogram_elements.ts';
import { matchGroups, matchLabels } from './matching.ts';

/** One vector operation: `many` and `one` are the sides by cardinality, `swapped` when `one` stood on the left. */
interface Join {
  readonly context: EvaluationContext;
  readonly expr: BinaryExpr;
  readonly matching: VectorMatching;
  readonly swapped: boolean;
  readonly count: number;
  readonly compute: (left: number, right: number) => number;
  readonly keeps: ((left: number, right: number) => boolean) | undefined;
  readonly filters: boolean;
  /** Some point may be a histogram, or the operator is made for histograms. */
  readonly isMixed: boolean;
  readonly remarks: StepRemarks;
  /** Result series by their labels and the group they belong to. */
  readonly results: Map<string, Result>;
}

interface Result {
  readonly out: VectorSeries;
  /** Steps at which some pair met, whether or not a filter kept it. */
  readonly met: Uint8Array;
}

/** Arithmetic and comparison between vectors: one-to-one, or one-to-many with group_left and group_right. */
export async function vectorVector(
  context: EvaluationContext,
  expr: BinaryExpr,
  left: VectorValue,
  right: VectorValue,
  count: number,
): Promise<VectorValue> {
  const { matching } = expr;
  if (matching === undefined) throw new Error('a vector operation without matching');
  const swapped = matching.card === 'one-to-many';
  const many = swapped ? right.series : left.series;
  const one = swapped ? left.series : right.series;
  const groups = matchGroups(many, one, matching);
  const comparing = isComparison(expr.operator);
  const join: Join = {
    context,
    expr,
    matching,
    swapped,
    count,
    compute: isTrim(expr.operator) ? Number : scalarOperation(expr.operator),
    keeps: comparing ? comparison(expr.operator) : undefined,
    filters: comparing && !expr.returnBool,
    isMixed: isTrim(expr.operator) || [...many, ...one].some(({ histograms }) => histograms !== undefined),
    remarks: new StepRemarks(),
    results: new Map(),
  };
  const index = indexOnes(join, one, groups.right, groups.count);
  const matched = new Uint8Array(groups.count * count);
  for (const [i, series] of many.entries()) {
    if ((i & 15) === 0 && context.due()) await context.pause();
    joinMany(join, series, groups.left[i] as number, one, index, matched);
  }
  if (matching.fillLeft !== undefined || matching.fillRight !== undefined)
    fillUnmatched(join, one, groups.right, matched);
  join.remarks.say();
  const series = [...join.results.values()].map(({ out }) => out).filter(hasPoints);
  return { kind: 'vector', series };
}

/**
 * For each group the series of the "one" side that are its partner, and for each step which one. Throws PromqlError when
 * two are present at the same step.
 */
function indexOnes(join: Join, one: readonly VectorSeries[], groupOf: Uint32Array, groups: number): Int32Array {
  const { count } = join;
  const index = new Int32Array(groups * count).fill(-1);
  one.forEach((series, i) => {
    const row = (groupOf[i] as number) * count;
    for (let step = 0; step < count; step++) {
      if (series.present[step] === 0) continue;
      const other = index[row + step] as number;
      if (other !== -1) duplicates(join, series.labels, (one[other] as VectorSeries).labels);
      index[row + step] = i;
    }
  });
  return index;
}

function duplicates(join: Join, a: Labels, b: Labels): never {
  const shown = [fullText(a), fullText(b)].sort().join(', ');
  const group = fullText(matchLabels(a, join.matching));
  throw new PromqlError(
    'execution',
    `found duplicate series for the match group ${group} on the ${join.swapped ? 'left' : 'right'} hand-side of the operation: [${shown}];many-to-many matching not allowed: matching labels must be unique on one side`,
  );
}

/** All labels in braces, the name among them. */
function fullText(labels: Labels): string {
  const parts: string[] = [];
  for (let i = 0; i < labels.length; i += 2) parts.push(`${labels[i]}=${JSON.stringify(labels[i + 1])}`);
  return `{${parts.join(', ')}}`;
}

function joinMany(
  join: Join,
  many: VectorSeries,
  group: number,
  one: readonly VectorSeries[],
  index: Int32Array,
  matched: Uint8Array,
): void {
  const { count, matching } = join;
  const fill = matching.fillRight;
  let partner = -2;
  let result: Result | undefined;
  for (let step = 0; step < count; step++) {
    if (many.present[step] === 0) continue;
    const other = index[group * count + step] as number;
    if (other === -1 && fill === undefined) continue;
    if (other !== partner || result === undefined) {
      partner = other;
      const labels = other === -1 ? matchLabels(many.labels, matching) : (one[other] as VectorSeries).labels;
      result = resultOf(join, many.labels, labels, group);
    }
    matched[group * count + step] = 1;
    if (join.isMixed) {
      const element = other === -1 ? (fill as number) : elementAt(one[other] as VectorSeries, step);
      putElements(join, result, step, elementAt(many, step), element);
      continue;
    }
    const value = other === -1 ? (fill as number) : ((one[other] as VectorSeries).values[step] as number);
    put(join, result, step, many.values[step] as number, value);
  }
}

/** Where a series of the "one" side found nobody, the other side's fill value stands in. */
function fillUnmatched(join: Join, one: readonly VectorSeries[], groupOf: Uint32Array, matched: Uint8Array): void {
  const { count, matching } = join;
  const fill = matching.fillLeft;
  if (fill === undefined) return;
  one.forEach((series, i) => {
    const group = groupOf[i] as number;
    let result: Result | undefined;
    for (let step = 0; step < count; step++) {
      if (series.present[step] === 0 || matched[group * count + step] === 1) continue;
      result ??= resultOf(join, matchLabels(series.labels, matching), series.labels, group);
      if (join.isMixed) putElements(join, result, step, fill, elementAt(series, step));
      else put(join, result, step, fill, series.values[step] as number);
    }
  });
}

function resultOf(join: Join, many: Labels, one: Labels, group: number): Result {
  const labels = resultLabels(join, many, one);
  const key = join.matching.card === 'one-to-one' ? `${group}\u0000${labelsKey(labels)}` : labelsKey(labels);
  let result = join.results.get(key);
  if (result === undefined) {
    join.context.hold(join.count);
    result = { out: emptySeries(labels, join.expr.returnBool, join.count), met: new Uint8Array(join.count) };
    join.results.set(key, result);
  }
  return result;
}

/** Labels of the result (upstream's resultMetric): the many side's, with those of group_left from the one side. */
function resultLabels({ context, expr, matching, filters }: Join, many: Labels, one: Labels): Labels {
  const dropsName = !(filters || isTrim(expr.operator)) && (!expr.returnBool || !context.delayedNameRemoval);
  let labels = dropsName ? withoutName(many) : many;
  if (matching.card === 'one-to-one') {
    const names = new Set(matching.labels);
    labels = matching.on ? groupLabels(labels, names, false) : without(labels, names);
  }
  for (const name of matching.include) labels = withLabel(labels, name, labelValue(one, name));
  return labels;
}

function without(labels: Labels, names: ReadonlySet<string>): Labels {
  const kept: string[] = [];
  for (let i = 0; i < labels.length; i += 2)
    if (!names.has(labels[i] as string)) kept.push(labels[i] as string, labels[i + 1] as string);
  return kept;
}

/** Notes that a pair met at a step. Throws PromqlError when another did before. */
function meet(join: Join, met: Uint8Array, step: number): void {
  if (met[step] === 1) {
    throw new PromqlError(
      'execution',
      join.matching.card === 'one-to-one'
        ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
        : 'multiple matches for labels: grouping labels must ensure unique matches',
    );
  }
  met[step] = 1;
}

/** A pair of which some element may be a histogram. */
function putElements(join: Join, result: Result, step: number, manyElement: Element, oneElement: Element): void {
  const { context, expr, swapped, remarks } = join;
  if (typeof manyElement === 'number' && typeof oneElement === 'number' && !isTrim(expr.operator)) {
    put(join, result, step, manyElement, oneElement);
    return;
  }
  const left = swapped ? oneElement : manyElement;
  const right = swapped ? manyElement : oneElement;
  const { value, remark } = operateOnElements(context, expr, left, right);
  remarks.note(step, remark);
  if (value === undefined) return;
  meet(join, result.met, step);
  if (typeof value === 'object') putHistogram(result.out, step, value);
  else if (expr.returnBool) {
    result.out.values[step] = value ? 1 : 0;
    result.out.present[step] = 1;
  } else if (value && typeof left === 'object') putHistogram(result.out, step, left);
}

function put(join: Join, { out, met }: Result, step: number, manyValue: number, oneValue: number): void {
  meet(join, met, step);
  const left = join.swapped ? oneValue : manyValue;
  const right = join.swapped ? manyValue : oneValue;
  if (join.filters) {
    if (join.keeps?.(left, right) !== true) return;
    out.values[step] = left;
  } else out.values[step] = join.compute(left, right);
  out.present[step] = 1;
}
