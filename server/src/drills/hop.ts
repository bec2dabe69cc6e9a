import type { DrillHopName } from '@trilith/contract';
import type { Clock } from '../base/clock.ts';
import type { Alert } from '../model/alert.ts';
import type { HeldEvent } from '../model/alert_event.ts';
import { type Labels, labelsFrom } from '../model/labels.ts';
import type { Drill } from './drill_file.ts';
import type { Seen } from './seen.ts';
import type { LoadedRule } from './shadow_rule.ts';
import type { Stimulus } from './stimulus.ts';

/** A drill ends here: what was seen, and what to do about it. */
export class HopFailed extends Error {
  override readonly name = 'HopFailed';
  readonly hop: DrillHopName;
  readonly advice: string;
  constructor(hop: DrillHopName, seen: string, advice: string) {
    super(seen);
    this.hop = hop;
    this.advice = advice;
  }
}

/** Where a drill's alert goes. */
export interface DrillRoute {
  readonly path: readonly number[];
  /** The matchers from the root down. */
  readonly key: string;
  readonly receiver: string;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly integrations: readonly { readonly name: string; readonly sendResolved: boolean }[];
}

/** What a drill needs of the rest. */
export interface DrillPorts {
  readonly clock: Clock;
  /** Hands alerts to alerting. */
  readonly put: (alerts: readonly Alert[]) => void;
  readonly routesOf: (labels: Labels) => readonly DrillRoute[];
  /** In words, what holds an alert back. */
  readonly heldText: (event: HeldEvent) => string;
  /** Whether a page opens: empty when it does, else why not. Never rejects. */
  readonly opens: (address: string) => Promise<string>;
  readonly linkOf: (rule: LoadedRule['rule']) => string;
  readonly externalLabels: () => Labels;
  /** How many alerts the rule itself has that are pending or firing. */
  readonly ownAlerts: (rule: LoadedRule) => number;
}

/** Told of how far a drill is. */
export interface DrillProgress {
  waits(hop: DrillHopName, deadlineMs: number): void;
  /** `virtualMs`: what it took in the injected telemetry's time; undefined for wall clock. */
  passed(hop: DrillHopName, text: string, virtualMs?: number): void;
  skipped(hop: DrillHopName, text: string): void;
  /** When the last hop passed, ms. */
  lastMs(): number;
}

export interface DrillRunning {
  readonly drillId: string;
  readonly drill: Drill;
  readonly loaded: LoadedRule;
  readonly stimulus: Stimulus;
  readonly ports: DrillPorts;
  readonly seen: Seen;
  readonly progress: DrillProgress;
  /** Aborted when somebody stops it. */
  readonly signal: AbortSignal;
}

/** Labels as alerting gets them: with those that are put on every alert, where it has none of the name. */
export function drilledLabels(labels: Labels, { externalLabels }: Pick<DrillPorts, 'externalLabels'>): Labels {
  return labelsFrom([...pairsOf(externalLabels()), ...pairsOf(labels)]);
}

function* pairsOf(labels: Labels): Generator<readonly [string, string]> {
  for (let i = 0; i < labels.length; i += 2) yield [labels[i] ?? '', labels[i + 1] ?? ''];
}
