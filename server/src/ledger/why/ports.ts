import type { RouteNode } from '../../alerting/index.ts';
import type { AlertEvent } from '../../model/alert_event.ts';
import type { Labels } from '../../model/labels.ts';
import type { RuleAnswer, RuleQuery } from '../../rules/index.ts';
import type { LedgerSelection } from '../../store/index.ts';

/** What is asked: why this alert did or did not page. Times are ms since the epoch. */
export interface WhyQuestion {
  /** Name of the rule. */
  readonly alert: string;
  /** Labels the alert has; those that are left out may be anything. */
  readonly labels: Labels;
  /** When a page was expected. */
  readonly atMs: number;
  /** From when on the ledger is read. */
  readonly sinceMs: number;
  /** Only pages to this receiver count; undefined: any. */
  readonly receiver?: string;
}

/** A rule as it is loaded now. */
export interface LoadedRule {
  readonly file: string;
  readonly group: string;
  readonly name: string;
  readonly language: RuleQuery['language'];
  readonly expr: string;
  readonly forMs: number;
  readonly intervalMs: number;
  /** Why its last evaluation failed; empty when it did not. */
  readonly lastError: string;
  /** 0: not yet. */
  readonly lastEvaluationMs: number;
}

/** Where alerts are routed now. */
export interface Routing {
  readonly root: RouteNode;
  /** By receiver, the names of its integrations. */
  readonly integrations: ReadonlyMap<string, readonly string[]>;
  /** Sentences about a silence: whose, until when, why; undefined for one that is gone. */
  readonly silence: (id: string) => string | undefined;
}

/** What the answer is found with. */
export interface WhyPorts {
  events(selection: LedgerSelection): Promise<readonly AlertEvent[]>;
  rules(): readonly LoadedRule[];
  /** Rule files that cannot be used, with the reasons. */
  unreadable(): ReadonlyMap<string, string>;
  evaluate(queries: readonly RuleQuery[], timeMs: number): Promise<readonly RuleAnswer[]>;
  routing(): Routing;
  /** Rules and routes of a time, where others are loaded now; absent where versions are not kept. */
  configurationAt?(timeMs: number): Promise<EarlierConfiguration>;
}

/** What was loaded at a time; what is left out is as it is now, or not known. */
export interface EarlierConfiguration {
  readonly rules?: readonly LoadedRule[];
  readonly routing?: Pick<Routing, 'root' | 'integrations'>;
  readonly notes: readonly { readonly kind: 'rules' | 'routes'; readonly text: string; readonly atMs: number }[];
}
