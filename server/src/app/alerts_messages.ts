import type { MessagePort } from 'node:worker_threads';
import type { LogLevel, LogRecord } from '../base/telemetry/log.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import type { SloFact } from '../model/slo_fact.ts';
import type { Config } from './config.ts';
import type { QueryCall, RuleCall, RuleCallAnswer } from './query_messages.ts';

/** What the alerts worker is started with: the configuration, and where its listener is. */
export interface AlertsWorkerData {
  readonly config: AlertsConfig;
  /** Where people reach the program, without a slash at the end. */
  readonly externalUrl: string;
  readonly level: LogLevel;
  readonly version: string;
}

/** The settings alerting acts by; files they name are read by the worker. */
export type AlertsConfig = Pick<
  Config,
  'prometheus_config' | 'rules' | 'alerting' | 'on_call' | 'slo' | 'drills' | 'runbooks' | 'data' | 'enable_feature'
>;

/** A request as it crosses to the alerts worker; answered as those of query workers are. */
export type AlertsCall =
  | ({ readonly kind: 'http' } & QueryCall)
  /** Reads every file again; rejects, and changes nothing of what is broken. */
  | { readonly kind: 'reload'; readonly config: AlertsConfig }
  /** The worker's own metrics in the text format. */
  | { readonly kind: 'metrics' };

/**
 * `connect`: the port that answers AlertsRequests. `ready`: the store can be asked, over the read-only
 * user's connection; nothing is evaluated before. `listening`:
 * where people reach the program, when that is only known later.
 */
export type AlertsNotice =
  | { readonly kind: 'connect'; readonly port: MessagePort }
  | { readonly kind: 'ready'; readonly connection: unknown }
  | { readonly kind: 'listening'; readonly externalUrl: string };

/** What the worker asks of the main thread. */
export type AlertsRequest =
  | RuleCall
  /** Samples as a remote write 1.0 request, not compressed. Resolves when they are durable and seen by the next `evaluate`. */
  | { readonly kind: 'append'; readonly tenant: string; readonly body: Uint8Array<ArrayBuffer> }
  /** GET of one of this program's endpoints, as a client of the tenant would. */
  | { readonly kind: 'get'; readonly tenant: string; readonly path: string; readonly query: string }
  /** What objectives counted. Resolves when it is durable. */
  | { readonly kind: 'keep-facts'; readonly tenant: string; readonly facts: readonly SloFact[] }
  /** Resolves when every event noted before can be read. */
  | { readonly kind: 'flush-ledger' }
  | { readonly kind: 'records'; readonly of: RecordsKind; readonly tenant: string }
  | {
      readonly kind: 'put-record';
      readonly of: RecordsKind;
      readonly tenant: string;
      readonly id: string;
      readonly body: unknown;
      readonly author: string;
    };

/** Which records, and how many of them memory holds. */
export interface RecordsKind {
  readonly name: string;
  readonly most: number;
}

export type AlertsAnswer =
  | RuleCallAnswer
  | { readonly kind: 'records'; readonly bodies: ReadonlyMap<string, unknown> }
  | { readonly kind: 'got'; readonly status: number; readonly body: string }
  | { readonly kind: 'done' }
  /** The store has not been ready yet, or does not take what was sent. */
  | { readonly kind: 'unavailable'; readonly message: string };

/** What the worker tells the main thread. */
export type AlertsReport =
  | { readonly kind: 'note'; readonly tenant: string; readonly events: readonly AlertEvent[] }
  | { readonly kind: 'log'; readonly record: LogRecord };
