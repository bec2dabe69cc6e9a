import type { ValueType } from './value_type.ts';

/** A function's name and types. */
export interface FunctionSignature {
  readonly name: string;
  readonly args: readonly ValueType[];
  /** How many more than `args.length - 1` arguments are allowed: 0 exactly as listed, -1 any number. */
  readonly variadic: number;
  readonly returns: ValueType;
  /** Only with the switch for experimental functions. */
  readonly experimental: boolean;
}

const table = new Map<string, FunctionSignature>();

function define(
  returns: ValueType,
  args: readonly ValueType[],
  names: string,
  options: { variadic?: number; experimental?: boolean } = {},
): void {
  for (const name of names.split(' ')) {
    table.set(name, {
      name,
      args,
      variadic: options.variadic ?? 0,
      returns,
      experimental: options.experimental ?? false,
    });
  }
}

define('vector', ['vector'], 'abs absent ceil exp floor ln log10 log2 sgn sqrt sort sort_desc timestamp');
define('vector', ['vector'], 'acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh deg rad');
define('vector', ['vector'], 'histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar');
define('vector', ['vector'], 'start_timestamp', { experimental: true });
define('vector', [
  'matrix',
], 'avg_over_time count_over_time last_over_time first_over_time max_over_time min_over_time');
define('vector', ['matrix'], 'stddev_over_time stdvar_over_time sum_over_time present_over_time absent_over_time');
define('vector', ['matrix'], 'changes resets delta deriv idelta increase irate rate');
define(
  'vector',
  ['matrix'],
  'mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time',
  {
    experimental: true,
  },
);
define('vector', ['matrix', 'scalar'], 'predict_linear');
define('vector', ['scalar', 'matrix'], 'quantile_over_time');
define('vector', ['matrix', 'scalar', 'scalar'], 'double_exponential_smoothing', { experimental: true });
define('vector', ['vector', 'scalar', 'scalar'], 'clamp');
define('vector', ['vector', 'scalar'], 'clamp_max clamp_min');
define('vector', ['vector', 'scalar'], 'round', { variadic: 1 });
define('vector', ['vector'], 'days_in_month day_of_month day_of_week day_of_year hour minute month year', {
  variadic: 1,
});
define('vector', ['scalar', 'scalar', 'vector'], 'histogram_fraction');
define('vector', ['scalar', 'vector'], 'histogram_quantile');
define('vector', ['vector', 'string', 'scalar', 'scalar'], 'histogram_quantiles', { variadic: 9, experimental: true });
define('vector', ['vector', 'vector'], 'info', { variadic: 1, experimental: true });
define('vector', ['vector', 'string', 'string', 'string', 'string'], 'label_replace');
define('vector', ['vector', 'string', 'string', 'string'], 'label_join', { variadic: -1 });
define('vector', ['vector', 'string'], 'sort_by_label sort_by_label_desc', { variadic: -1, experimental: true });
define('scalar', [], 'pi time');
define('scalar', [], 'start end step range', { experimental: true });
define('scalar', ['scalar', 'scalar'], 'max_of min_of', { experimental: true });
define('scalar', ['vector'], 'scalar');
define('vector', ['scalar'], 'vector');

/** Every function of the language, by name. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = table;
