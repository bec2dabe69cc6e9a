import type { HttpRequest } from '../base/http.ts';
import type { Matcher } from '../model/labels.ts';
import type { Section } from '../model/section.ts';
import type { LastSample, RangeQuery, RangeSeries, RuleAnswer, RuleQuery } from '../rules/index.ts';

/** What a query worker is started with: how to reach the store as the read-only user, and its bounds. */
export interface QueryWorkerData {
  readonly connection: unknown;
  readonly querySeconds: number;
  readonly querySamples: number;
  readonly querySeries: number;
  /** Bounds of one read of the store. */
  readonly queryMemoryBytes: number;
  readonly queryRows: number;
  /** Names of upstream's features, separated by commas. */
  readonly enableFeature: string;
  readonly recent: RecentSamplesData | undefined;
}

/** Recent samples, spans and log records in memory, kept by the worker. */
export interface RecentSamplesData {
  /** For samples; 0 keeps none. */
  readonly budgetBytes: number;
  /** For spans; 0 keeps none. */
  readonly spansBudgetBytes: number;
  /** For log records; 0 keeps none. */
  readonly logsBudgetBytes: number;
  /** One counter: KiB of sections the worker has taken, modulo 2^32. */
  readonly taken: Int32Array<SharedArrayBuffer>;
}

/**
 * What a query worker is told of what came in. `sections`: acknowledged just now; its blocks are the worker's own. `loaded`:
 * sections handed over before that time are in the store. `attach`: everything not handed over is in the store. `reset`:
 * memory does not show the truth any more, `attach` follows.
 */
export type QueryNotice =
  | {
      readonly kind: 'sections';
      readonly tenant: string;
      readonly atMs: number;
      readonly sections: readonly Section[];
      readonly kib: number;
    }
  | { readonly kind: 'loaded'; readonly beforeMs: number }
  | { readonly kind: 'attach' }
  | { readonly kind: 'reset' };

/** A request as it crosses to the worker; the abort signal travels as a cancel message. */
export interface QueryCall {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly tenant: string;
}

/** A query of a rule, with its own tenant and time (ms since the epoch). */
export interface TimedRuleQuery extends RuleQuery {
  readonly tenant: string;
  readonly timeMs: number;
}

/** Of each series that satisfies every matcher, the last sample within a stretch of time, ms since the epoch. */
export interface LastSamplesQuery {
  readonly tenant: string;
  readonly matchers: readonly Matcher[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** A query of a rule over a stretch of time, ms since the epoch. */
export interface RangeRuleQuery extends RangeQuery {
  readonly tenant: string;
}

/** What rules ask of a query worker. */
export type RuleCall =
  | { readonly kind: 'evaluate'; readonly queries: readonly TimedRuleQuery[] }
  | ({ readonly kind: 'last-samples' } & LastSamplesQuery)
  | ({ readonly kind: 'range' } & RangeRuleQuery);

export type RuleCallAnswer =
  | { readonly kind: 'evaluated'; readonly answers: readonly RuleAnswer[] }
  | { readonly kind: 'last-samples'; readonly samples: readonly LastSample[] }
  /** `error` is empty when there is an answer. */
  | { readonly kind: 'range'; readonly series: readonly RangeSeries[]; readonly error: string };

/** `null`: no route of the worker matches. */
export type QueryAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | string;
} | null;

/** @param query of the request, as text */
export function toCall(request: Omit<HttpRequest, 'params' | 'signal' | 'query'>, query: string): QueryCall {
  return {
    method: request.method,
    path: request.path,
    query,
    headers: { ...request.headers },
    body: request.body,
    tenant: request.tenant,
  };
}
