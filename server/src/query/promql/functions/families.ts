import type { Kernel } from '../kernel.ts';
import { CALENDAR } from './calendar.ts';
import { anySamples, averageWindow, mixedChanges, mixedResets, sampleOf, sumWindow } from './histogram_over_time.ts';
import { mixedInstant, mixedRate } from './histogram_rate.ts';
import { floatsOrHistograms, type MixedKernel } from './histogram_windows.ts';
import { MATH } from './math.ts';
import * as overTime from './over_time.ts';
import { extrapolated, instant } from './rate.ts';
import { deriv, doubleExponentialSmoothing, predictLinear } from './regression.ts';

/** How a function is evaluated; `dependsOnTime` where its value differs from step to step whatever its arguments. */
export type Family =
  | {
      readonly family: 'window';
      readonly kernel: Kernel;
      /** For series that have native histograms; without it these are left out. */
      readonly mixed?: MixedKernel;
      readonly keepsName?: boolean;
      readonly counter?: boolean;
      readonly dependsOnTime?: boolean;
    }
  | { readonly family: 'math'; readonly apply: (value: number) => number; readonly dependsOnTime?: boolean }
  | { readonly family: 'calendar'; readonly part: (seconds: number) => number; readonly dependsOnTime?: boolean }
  | { readonly family: 'special'; readonly dependsOnTime?: boolean };

const windows: readonly (readonly [string, Kernel])[] = [
  ['delta', extrapolated(false, false)],
  ['irate', instant(true)],
  ['idelta', instant(false)],
  ['deriv', deriv],
  ['double_exponential_smoothing', doubleExponentialSmoothing],
  ['sum_over_time', overTime.sumOverTime],
  ['avg_over_time', overTime.avgOverTime],
  ['count_over_time', overTime.countOverTime],
  ['present_over_time', overTime.presentOverTime],
  ['absent_over_time', overTime.presentOverTime],
  ['max_over_time', overTime.extreme('max', 'value')],
  ['min_over_time', overTime.extreme('min', 'value')],
  ['ts_of_max_over_time', overTime.extreme('max', 'time')],
  ['ts_of_min_over_time', overTime.extreme('min', 'time')],
  ['ts_of_first_over_time', overTime.timeOfFirst],
  ['ts_of_last_over_time', overTime.timeOfLast],
  ['stddev_over_time', overTime.stddevOverTime],
  ['stdvar_over_time', overTime.stdvarOverTime],
  ['quantile_over_time', overTime.quantileOverTime],
  ['mad_over_time', overTime.madOverTime],
  ['changes', overTime.changes],
  ['resets', overTime.resets],
];

/** What functions do with native histograms; those that are not here see numbers only. */
const MIXED: ReadonlyMap<string, MixedKernel> = new Map([
  ['rate', mixedRate(true, true)],
  ['increase', mixedRate(true, false)],
  ['delta', mixedRate(false, false)],
  ['irate', mixedInstant(true)],
  ['idelta', mixedInstant(false)],
  ['sum_over_time', floatsOrHistograms(overTime.sumOverTime, sumWindow)],
  ['avg_over_time', floatsOrHistograms(overTime.avgOverTime, averageWindow)],
  ['count_over_time', anySamples(overTime.countOverTime)],
  ['present_over_time', anySamples(overTime.presentOverTime)],
  ['absent_over_time', anySamples(overTime.presentOverTime)],
  ['ts_of_first_over_time', anySamples(overTime.timeOfFirst)],
  ['ts_of_last_over_time', anySamples(overTime.timeOfLast)],
  ['last_over_time', sampleOf('last')],
  ['first_over_time', sampleOf('first')],
  ['changes', mixedChanges],
  ['resets', mixedResets],
]);

/** The family of a function over windows, with what it does with native histograms. */
function windowFamily(
  name: string,
  kernel: Kernel,
  rest: Omit<Family & { readonly family: 'window' }, 'family' | 'kernel' | 'mixed'> = {},
): readonly [string, Family] {
  const mixed = MIXED.get(name);
  return [name, { family: 'window', kernel, ...rest, ...(mixed === undefined ? {} : { mixed }) }];
}

const SPECIAL = [
  'absent',
  'clamp',
  'clamp_max',
  'clamp_min',
  'histogram_avg',
  'histogram_count',
  'histogram_fraction',
  'histogram_quantile',
  'histogram_quantiles',
  'histogram_stddev',
  'histogram_stdvar',
  'histogram_sum',
  'label_join',
  'label_replace',
  'max_of',
  'min_of',
  'pi',
  'round',
  'scalar',
  'sort',
  'sort_by_label',
  'sort_by_label_desc',
  'sort_desc',
  'vector',
  'start',
  'start_timestamp',
  'end',
  'step',
  'range',
] as const;

/** Every function that can be evaluated; what is not here is refused by name. */
export const FUNCTION_FAMILIES: ReadonlyMap<string, Family> = new Map<string, Family>([
  windowFamily('rate', extrapolated(true, true), { counter: true }),
  windowFamily('increase', extrapolated(true, false), { counter: true }),
  windowFamily('last_over_time', overTime.lastOverTime, { keepsName: true }),
  windowFamily('first_over_time', overTime.firstOverTime, { keepsName: true }),
  windowFamily('predict_linear', predictLinear, { dependsOnTime: true }),
  ['time', { family: 'special', dependsOnTime: true }],
  ['timestamp', { family: 'special', dependsOnTime: true }],
  ...windows.map(([name, kernel]) => windowFamily(name, kernel)),
  ...[...MATH].map(([name, apply]) => [name, { family: 'math', apply }] as const),
  ...[...CALENDAR].map(([name, part]) => [name, { family: 'calendar', part }] as const),
  ...SPECIAL.map((name) => [name, { family: 'special' }] as const),
]);

/** Functions that understand the modifiers of range selectors. */
export const ANCHORED_SAFE: ReadonlySet<string> = new Set(['changes', 'delta', 'increase', 'rate', 'resets']);
export const SMOOTHED_SAFE: ReadonlySet<string> = new Set(['delta', 'increase', 'rate']);
