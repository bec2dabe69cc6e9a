import type { Alert } from '../model/alert.ts';
import type { RuleIdentity } from '../model/alert_event.ts';
import { labelsFrom } from '../model/labels.ts';
import type { RulePorts } from './ports.ts';

/** The one alert that says which rules cannot be evaluated. */
export const BLIND_ALERT = 'TrilithRulesBlind';

/** A rule that cannot be evaluated, and since when, ms since the epoch. */
export interface BlindRule {
  readonly rule: RuleIdentity;
  readonly sinceMs: number;
  readonly failures: number;
  readonly error: string;
}

/** Keeps which rules are blind, and has alerting told of it. */
export interface BlindRules {
  /** Of each evaluation: `error` is empty for one that worked. Rules of one name are told apart by their keys. */
  evaluated(key: string, rule: RuleIdentity, error: string, timeMs: number): void;
  /** The rule is not there any more. */
  forget(key: string): void;
  /** Replaces which files cannot be read, and so none of their rules is evaluated; by path, with the reason. */
  unreadable(files: ReadonlyMap<string, string>, timeMs: number): void;
  /** Tells alerting again what holds; called at least as often as alerts are told again. */
  tell(timeMs: number): void;
  all(): readonly BlindRule[];
}

export interface BlindRulesOptions {
  readonly tenant: string;
  readonly ports: Pick<RulePorts, 'alerts' | 'note'>;
  readonly generatorUrl: string;
}

/** One evaluation that fails may be a restart of the store; two in a row are worth telling somebody. */
const TELLING_FAILURES = 2;
const MOST_LISTED = 20;
/** How long it counts without being told again, ms: as long as an alert told every minute. */
const VALID_MS = 4 * 60_000;

export function createBlindRules({ tenant, ports, generatorUrl }: BlindRulesOptions): BlindRules {
  const blind = new Map<string, BlindRule>();
  let firingSinceMs = 0;
  let files: readonly BlindRule[] = [];
  const tell = (timeMs: number): void => {
    const listed = [...files, ...[...blind.values()].filter(({ failures }) => failures >= TELLING_FAILURES)];
    if (listed.length === 0 && firingSinceMs === 0) return;
    if (firingSinceMs === 0) firingSinceMs = timeMs;
    ports.alerts(tenant, [alertOf(listed, firingSinceMs, timeMs, generatorUrl)]);
    if (listed.length === 0) firingSinceMs = 0;
  };
  return {
    evaluated(key, rule, error, timeMs) {
      const known = blind.get(key);
      if (error === '') {
        if (known === undefined) return;
        blind.delete(key);
        ports.note(tenant, [{ kind: 'blind', timeMs, rule, error: '' }]);
        return;
      }
      const failures = (known?.failures ?? 0) + 1;
      blind.set(key, { rule, sinceMs: known?.sinceMs ?? timeMs, failures, error });
      if (known === undefined) ports.note(tenant, [{ kind: 'blind', timeMs, rule, error }]);
      if (failures === TELLING_FAILURES && firingSinceMs === 0) tell(timeMs);
    },
    forget: (key) => void blind.delete(key),
    unreadable(next, timeMs) {
      files = [...next].map(([file, error]) => ({
        rule: { file, group: '', rule: 'every rule' },
        sinceMs: files.find(({ rule }) => rule.file === file)?.sinceMs ?? timeMs,
        failures: TELLING_FAILURES,
        error,
      }));
    },
    tell,
    all: () => [...files, ...blind.values()],
  };
}

function alertOf(listed: readonly BlindRule[], startsAtMs: number, timeMs: number, generatorUrl: string): Alert {
  const lines = listed
    .slice(0, MOST_LISTED)
    .map(
      ({ rule, sinceMs, error }) =>
        `${rule.rule} (${rule.group === '' ? '' : `group ${rule.group}, `}${rule.file}) since ${new Date(sinceMs).toISOString()}: ${error}`,
    );
  if (listed.length > MOST_LISTED) lines.push(`and ${listed.length - MOST_LISTED} more`);
  const isOver = listed.length === 0;
  const summary = isOver
    ? 'All rules can be evaluated again'
    : `${listed.length} ${listed.length === 1 ? 'rule' : 'rules'} cannot be evaluated; what they watch is not watched`;
  return {
    labels: labelsFrom([
      ['alertname', BLIND_ALERT],
      ['severity', 'page'],
    ]),
    annotations: labelsFrom([
      ['summary', summary],
      ['description', lines.join('\n')],
    ]),
    startsAtMs,
    endsAtMs: isOver ? timeMs : timeMs + VALID_MS,
    updatedAtMs: timeMs,
    generatorUrl,
  };
}
