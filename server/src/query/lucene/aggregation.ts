import type { Condition } from './condition.ts';

/** How the moments of a date histogram are rounded. */
export interface DateRounding {
  readonly unit: 'fixed' | CalendarUnit;
  /** ms; of a fixed interval. */
  readonly intervalMs: number;
  readonly offsetMs: number;
  /** IANA name, or an offset like `+02:00`. */
  readonly timeZone: string;
}

export type CalendarUnit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

export type MetricName = 'avg' | 'min' | 'max' | 'sum' | 'value_count' | 'cardinality' | 'stats' | 'percentiles';

/** What buckets are sorted by: their count, their key, or a metric below them (`name` or `name.part`). */
export interface BucketOrder {
  readonly by: string;
  readonly descending: boolean;
}

export interface CompositeSource {
  readonly name: string;
  readonly field: string;
  readonly rounding?: DateRounding | undefined;
  readonly descending: boolean;
}

/** A question to all matching records together: Elasticsearch's aggregations. */
export type Aggregation =
  | {
      readonly kind: 'date_histogram';
      readonly rounding: DateRounding;
      readonly minCount: number;
      /** ms since the epoch; buckets are shown from and to there. */
      readonly bounds: { readonly minMs: number; readonly maxMs: number } | undefined;
      readonly format: string | undefined;
      readonly descending: boolean;
    }
  | {
      readonly kind: 'histogram';
      readonly field: string;
      readonly interval: number;
      readonly minCount: number;
    }
  | {
      readonly kind: 'terms';
      readonly field: string;
      readonly size: number;
      readonly minCount: number;
      readonly missing: string | undefined;
      readonly order: readonly BucketOrder[];
    }
  | {
      readonly kind: 'composite';
      readonly sources: readonly CompositeSource[];
      readonly size: number;
      readonly after: ReadonlyMap<string, string> | undefined;
    }
  | { readonly kind: 'filter'; readonly condition: Condition }
  | {
      readonly kind: 'filters';
      readonly filters: readonly (readonly [name: string, Condition])[];
      readonly named: boolean;
    }
  | {
      readonly kind: 'metric';
      readonly metric: MetricName;
      readonly field: string;
      readonly percents: readonly number[];
    };

export interface NamedAggregation {
  readonly name: string;
  readonly aggregation: Aggregation;
  readonly children: readonly NamedAggregation[];
}

/** A bucket as it is answered. */
export interface Bucket {
  readonly doc_count: number;
  readonly [name: string]: unknown;
}
