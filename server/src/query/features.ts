import type { ParseOptions } from '@trilith/lang/promql';

/** What of PromQL is on: upstream's `--enable-feature` switches. */
export interface MetricFeatures {
  readonly parse: Required<ParseOptions>;
  /** Names are dropped when the result is there, not by every operation. */
  readonly delayedNameRemoval: boolean;
  /** rate, irate, increase, resets and start_timestamp see the stored start timestamps. */
  readonly startTimestamps: boolean;
  /** Series that come by OTLP say their type and unit in labels. */
  readonly typeAndUnitLabels: boolean;
}

/** Names that upstream knows and that change nothing here: what they switch on is always on. */
const ALWAYS_ON: readonly string[] = [
  'auto-reload-config',
  'concurrent-rule-eval',
  'exemplar-storage',
  'metadata-wal-records',
  'native-histograms',
  'ooo-native-histograms',
  'otlp-deltatocumulative',
  'promql-duration-expr',
  'st-storage',
];

const SWITCHES: readonly string[] = [
  'promql-binop-fill-modifiers',
  'promql-delayed-name-removal',
  'promql-experimental-functions',
  'promql-extended-range-selectors',
  'type-and-unit-labels',
  'use-start-timestamps',
];

/** The names of a comma separated list that are no feature. */
export function unknownFeatures(list: string): readonly string[] {
  const known = new Set([...SWITCHES, ...ALWAYS_ON]);
  return namesOf(list).filter((name) => !known.has(name));
}

/** The switches there are, for messages. */
export const featureNames = (): readonly string[] => [...SWITCHES, ...ALWAYS_ON].sort();

/** What a comma separated list of features switches on; unknown names do nothing. */
export function metricFeatures(list: string): MetricFeatures {
  const on = new Set(namesOf(list));
  return {
    parse: {
      durationExpressions: true,
      experimentalFunctions: on.has('promql-experimental-functions'),
      extendedRangeSelectors: on.has('promql-extended-range-selectors'),
      fillModifiers: on.has('promql-binop-fill-modifiers'),
    },
    delayedNameRemoval: on.has('promql-delayed-name-removal'),
    startTimestamps: on.has('use-start-timestamps'),
    typeAndUnitLabels: on.has('type-and-unit-labels'),
  };
}

const namesOf = (list: string): readonly string[] =>
  list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
