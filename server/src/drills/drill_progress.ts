import { type DrillHop, type DrillHopName, type DrillRun, drillHopNames } from '@trilith/contract';
import { DRILL_LABEL } from '../model/alert.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import { labelValue } from '../model/labels.ts';
import type { DrillProgress } from './hop.ts';

/** How far a drill is, as it is shown and kept. */
export interface KeptProgress extends DrillProgress {
  run(): DrillRun;
  /** The hop that is waited for. */
  current(): DrillHopName;
  failed(hop: DrillHopName, text: string, advice: string): void;
  ended(state: 'passed' | 'stopped'): void;
  /** Something happened to the drill's alerts. */
  saw(event: AlertEvent): void;
}

/** Attempts that a run lists. */
const MOST_ATTEMPTS = 200;
const MOST_TEXT = 2_000;

export interface ProgressOptions {
  readonly nowMs: () => number;
  /** Every change is kept. Never rejects. */
  readonly keep: (run: DrillRun) => Promise<void>;
}

export function createProgress(begun: Omit<DrillRun, 'hops'>, { nowMs, keep }: ProgressOptions): KeptProgress {
  let run: DrillRun = { ...begun, hops: drillHopNames.map(waiting) };
  let lastMs = begun.startedAtMs;
  let current: DrillHopName = 'start';
  const change = (changed: Partial<DrillRun>): void => {
    run = { ...run, ...changed };
    void keep(run);
  };
  const hop = (name: DrillHopName, changed: Partial<DrillHop>, rest: Partial<DrillRun> = {}): void => {
    const cut = changed.text === undefined ? {} : { text: changed.text.slice(0, MOST_TEXT) };
    const hops = run.hops.map((one) => (one.hop === name ? { ...one, deadlineMs: null, ...changed, ...cut } : one));
    change({ ...rest, hops });
  };
  const timed = (virtualMs?: number): Pick<DrillHop, 'atMs' | 'tookMs' | 'isVirtual'> => {
    const atMs = nowMs();
    const tookMs = virtualMs ?? atMs - lastMs;
    lastMs = atMs;
    return { atMs, tookMs, isVirtual: virtualMs !== undefined };
  };
  return {
    run: () => run,
    current: () => current,
    lastMs: () => lastMs,
    waits(name, deadlineMs) {
      current = name;
      const hops = run.hops.map((one) => (one.hop === name ? { ...one, deadlineMs: Math.ceil(deadlineMs) } : one));
      // Shown, not kept: what it waits for is known again when it is passed.
      run = { ...run, hops };
    },
    passed: (name, text, virtualMs) => hop(name, { outcome: 'passed', text, ...timed(virtualMs) }),
    skipped: (name, text) => hop(name, { outcome: 'skipped', text }),
    failed(name, text, advice) {
      const end = { state: 'failed', failedHop: name, endedAtMs: nowMs() } as const;
      hop(name, { outcome: 'failed', text, advice, ...timed() }, end);
    },
    ended(state) {
      change({ state, endedAtMs: nowMs(), hops: run.hops.map((one) => ({ ...one, deadlineMs: null })) });
    },
    saw(event) {
      if (event.kind === 'routed' && !run.groupKeys.includes(event.groupKey))
        change({ groupKeys: [...run.groupKeys, event.groupKey] });
      if (event.kind !== 'attempt' || run.attempts.length >= MOST_ATTEMPTS) return;
      const { timeMs: atMs, receiver, integration, outcome, status, providerId, latencyMs, error, alerts } = event;
      const own = alerts.filter(({ labels }) => labelValue(labels, DRILL_LABEL) === run.id);
      const resolved = own.every((alert) => alert.resolved);
      const attempt = { atMs, receiver, integration, outcome, status, providerId, latencyMs, error, resolved };
      change({ attempts: [...run.attempts, attempt] });
    },
  };
}

const waiting = (name: DrillHopName): DrillHop => ({
  hop: name,
  outcome: 'waiting',
  atMs: null,
  tookMs: null,
  isVirtual: false,
  deadlineMs: null,
  text: '',
  advice: '',
});
