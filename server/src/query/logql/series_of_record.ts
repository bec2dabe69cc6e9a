import type { Grouping, RangeAggregation } from '@trilith/lang/logql';
import type { Labels } from '../../model/labels.ts';
import { tooManySeries } from './query_error.ts';
import type { RowLabels } from './row_labels.ts';
import { groupLabels, LabelSets, vectorGroupLabels } from './series.ts';

/** Gives every record the index of its series; records of a stream without labels of their own share a cached one. */
export function seriesOf(
  expr: RangeAggregation,
  outer: Grouping | null | undefined,
  maxSeries: number,
  wanted: readonly string[],
): { sets: LabelSets; of: (labels: RowLabels) => number } {
  const sets = new LabelSets();
  const groupings = [expr.grouping, outer].filter((g) => g !== undefined);
  const cache = new Map<Labels, number>();
  const removed = expr.range.unwrap?.label;
  const checked = (index: number): number => {
    if (sets.all.length > maxSeries) throw tooManySeries(maxSeries);
    return index;
  };
  const bySet = (labels: RowLabels): number => {
    let set: Labels | undefined;
    for (const grouping of groupings) set = grouping === null ? [] : apply(labels, set, grouping, removed);
    if (outer?.without === true && set !== undefined) set = vectorGroupLabels(set, outer);
    return checked(sets.index(set ?? without(withWanted(labels, wanted), removed)));
  };
  const only = onlyLabel(groupings);
  const index = only === undefined || only === removed ? bySet : byValueOf(only, (set) => checked(sets.add(set)));
  const asked = groupings.flatMap((g) => (g === null || g.without ? [] : g.labels)).concat(wanted);
  return {
    sets,
    of(labels) {
      const { byName, labels: key } = labels.stream;
      if (!labels.plain || !asked.every((name) => byName.has(name))) return index(labels);
      let found = cache.get(key);
      if (found === undefined) {
        found = index(labels);
        cache.set(key, found);
      }
      return found;
    },
  };
}

/** Numbers records by the value of one label, where that alone tells their series. */
function byValueOf(name: string, add: (set: Labels) => number): (labels: RowLabels) => number {
  const known = new Map<string | undefined, number>();
  return (labels) => {
    const value = labels.get(name);
    let found = known.get(value);
    if (found === undefined) {
      found = add(value === undefined ? [] : [name, value]);
      known.set(value, found);
    }
    return found;
  };
}

/** The one label that records are grouped by; undefined where they are not grouped by just one. */
function onlyLabel([grouping, ...more]: readonly (Grouping | null)[]): string | undefined {
  if (grouping?.without !== false || more.length > 0 || grouping.labels.length !== 1) return undefined;
  return grouping.labels[0];
}

/** The label set, and of the names an outer grouping asks for those that the record answers to without having them. */
function withWanted(labels: RowLabels, wanted: readonly string[]): Labels {
  const set = labels.result();
  const extra = wanted.flatMap((name): [string, string][] => {
    const value = labels.own(name) === undefined ? labels.get(name) : undefined;
    return value === undefined ? [] : [[name, value]];
  });
  if (extra.length === 0) return set;
  const pairs: [string, string][] = [];
  for (let i = 0; i < set.length; i += 2) pairs.push([set[i] ?? '', set[i + 1] ?? '']);
  return [...new Map([...pairs, ...extra])].sort(([a], [b]) => (a < b ? -1 : 1)).flat();
}

function apply(labels: RowLabels, set: Labels | undefined, grouping: Grouping, removed: string | undefined): Labels {
  if (set !== undefined) return groupLabels(set, grouping);
  if (grouping.without) return groupLabels(without(labels.result(), removed), grouping);
  return [...grouping.labels].sort().flatMap((name) => {
    const value = name === removed ? undefined : labels.get(name);
    return value === undefined ? [] : [name, value];
  });
}

function without(labels: Labels, name: string | undefined): Labels {
  return name === undefined ? labels : groupLabels(labels, { without: true, labels: [name] });
}
