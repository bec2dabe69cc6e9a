import type { BinaryExpr, BinaryOperator } from '@trilith/lang/logql';
import { type Labels, labelsKey, labelValue } from '../../model/labels.ts';
import { LogqlError } from './query_error.ts';
import { groupLabels, LabelSets, type Matrix, newSeries, type Series, slot, type Value } from './series.ts';

const COMPARISONS = new Set<BinaryOperator>(['==', '!=', '>', '>=', '<', '<=']);

/** An operator on two numbers; a comparison gives 1 or 0. Division and modulo by zero are NaN, as in Loki. */
function compute(operator: BinaryOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? Number.NaN : a / b;
    case '%':
      return b === 0 ? Number.NaN : a % b;
    case '^':
      return a ** b;
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case '>':
      return Number(a > b);
    case '>=':
      return Number(a >= b);
    case '<':
      return Number(a < b);
    case '<=':
      return Number(a <= b);
    case 'and':
    case 'or':
    case 'unless':
      throw new Error(`${operator} works on sets`);
  }
}

/** A binary operation between two results. */
export function evaluateBinary(expr: BinaryExpr, left: Value, right: Value, steps: number): Value {
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    return { kind: 'scalar', value: compute(expr.operator, left.value, right.value) };
  }
  if (left.kind === 'scalar' && right.kind === 'matrix') return withScalar(expr, right, left.value, true, steps);
  if (left.kind === 'matrix' && right.kind === 'scalar') return withScalar(expr, left, right.value, false, steps);
  if (left.kind !== 'matrix' || right.kind !== 'matrix')
    throw new Error('one of two operands is neither scalar nor matrix');
  if (expr.operator === 'and' || expr.operator === 'or' || expr.operator === 'unless')
    return setOperation(expr, left, right, steps);
  return matched(expr, left, right, steps);
}

/** Arithmetic or comparison of every series with a number. A comparison without `bool` filters and keeps the sample. */
function withScalar(expr: BinaryExpr, matrix: Matrix, scalar: number, scalarLeft: boolean, steps: number): Matrix {
  const filters = COMPARISONS.has(expr.operator) && !expr.bool;
  const series = matrix.series.map((input) => {
    const output = newSeries(input.labels, steps);
    for (let i = 0; i < steps; i++) {
      if (input.present[i] !== 1) continue;
      const value = input.values[i] ?? 0;
      const result = scalarLeft ? compute(expr.operator, scalar, value) : compute(expr.operator, value, scalar);
      if (filters && result === 0) continue;
      output.present[i] = 1;
      output.values[i] = filters ? value : result;
    }
    return output;
  });
  return { kind: 'matrix', series: series.filter((s) => s.present.includes(1)) };
}

/** The part of the labels two series must share to match. */
function signature(expr: BinaryExpr, labels: Labels): string {
  const { on, labels: names } = expr.matching;
  return labelsKey(groupLabels(labels, { without: !on, labels: names }));
}

function setOperation(expr: BinaryExpr, left: Matrix, right: Matrix, steps: number): Matrix {
  const leftKeys = left.series.map((s) => signature(expr, s.labels));
  const rightKeys = right.series.map((s) => signature(expr, s.labels));
  const presentAt = (series: readonly Series[], keys: readonly string[], step: number): Set<string> =>
    new Set(keys.filter((_, i) => series[i]?.present[step] === 1));
  const sets = new LabelSets();
  const out: Series[] = [];
  const keep = (series: Series, step: number): void => {
    const target = slot(out, sets.index(series.labels), () => newSeries(series.labels, steps));
    target.present[step] = 1;
    target.values[step] = series.values[step] ?? 0;
  };
  for (let step = 0; step < steps; step++) {
    const inLeft = presentAt(left.series, leftKeys, step);
    const inRight = presentAt(right.series, rightKeys, step);
    left.series.forEach((series, i) => {
      if (series.present[step] !== 1) return;
      const both = inRight.has(leftKeys[i] ?? '');
      if (expr.operator === 'or' || both === (expr.operator === 'and')) keep(series, step);
    });
    if (expr.operator !== 'or') continue;
    right.series.forEach((series, i) => {
      if (series.present[step] === 1 && !inLeft.has(rightKeys[i] ?? '')) keep(series, step);
    });
  }
  return { kind: 'matrix', series: out };
}

/** Vector matching. With group_right the sides change places for matching and change back for computing. */
function matched(expr: BinaryExpr, left: Matrix, right: Matrix, steps: number): Matrix {
  const swap = expr.matching.cardinality === 'one-to-many';
  const [many, one] = swap ? [right.series, left.series] : [left.series, right.series];
  const manyKeys = many.map((s) => signature(expr, s.labels));
  const oneKeys = one.map((s) => signature(expr, s.labels));
  const sets = new LabelSets();
  const results: Series[] = [];
  for (let step = 0; step < steps; step++) {
    const partners = partnersAt(one, oneKeys, step, swap);
    const used = new Map<string, Set<string>>();
    many.forEach((series, i) => {
      const key = manyKeys[i] ?? '';
      const partner = partners.get(key);
      if (series.present[step] !== 1 || partner === undefined) return;
      const labels = resultLabels(expr, series.labels, partner.labels);
      noteUse(expr, used, key, labelsKey(labels));
      const [a, b] = swap ? [partner, series] : [series, partner];
      const value = resultValue(expr, a.values[step] ?? 0, b.values[step] ?? 0);
      if (value === undefined) return;
      const index = sets.index(labels);
      const output = slot(results, index, () => newSeries(labels, steps));
      output.present[step] = 1;
      output.values[step] = value;
    });
  }
  return { kind: 'matrix', series: results };
}

function resultValue(expr: BinaryExpr, a: number, b: number): number | undefined {
  const result = compute(expr.operator, a, b);
  if (!COMPARISONS.has(expr.operator) || expr.bool) return result;
  return result === 1 ? a : undefined;
}

function partnersAt(one: readonly Series[], keys: readonly string[], step: number, swap: boolean): Map<string, Series> {
  const partners = new Map<string, Series>();
  one.forEach((series, i) => {
    if (series.present[step] !== 1) return;
    const key = keys[i] ?? '';
    if (partners.has(key)) {
      throw new LogqlError(
        'execution',
        `found duplicate series on the ${swap ? 'left' : 'right'} hand-side` +
          ';many-to-many matching not allowed: matching labels must be unique on one side',
      );
    }
    partners.set(key, series);
  });
  return partners;
}

function noteUse(expr: BinaryExpr, used: Map<string, Set<string>>, key: string, result: string): void {
  const before = used.get(key);
  if (before === undefined) {
    used.set(key, new Set([result]));
    return;
  }
  if (expr.matching.cardinality === 'one-to-one') {
    const message = 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)';
    throw new LogqlError('execution', message);
  }
  if (before.has(result)) {
    throw new LogqlError('execution', 'multiple matches for labels: grouping labels must ensure unique matches');
  }
  before.add(result);
}

function resultLabels(expr: BinaryExpr, many: Labels, one: Labels): Labels {
  const { cardinality, on, labels, include } = expr.matching;
  let result = many;
  if (cardinality === 'one-to-one') result = groupLabels(many, { without: !on, labels });
  if (include.length === 0) return result;
  const byName = new Map<string, string>();
  for (let i = 0; i < result.length; i += 2) byName.set(result[i] ?? '', result[i + 1] ?? '');
  for (const name of include) {
    const value = labelValue(one, name);
    if (value === '') byName.delete(name);
    else byName.set(name, value);
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).flat();
}
