import { type Labels, labelsKey, labelValue, withLabels } from '../model/labels.ts';
import { withDefaults } from './due_alerts.ts';
import type { GroupContext, RuleGroup } from './group.ts';
import type { LastSample, RecordedSample } from './ports.ts';
import { forStateMatchers, RESTORE_BOUNDS } from './restore.ts';
import { forStateLabels } from './rule_state.ts';

export interface EndedMeanwhileOptions
  extends Pick<GroupContext, 'tenant' | 'ports' | 'externalLabels' | 'linkOf' | 'warn'> {
  readonly groups: () => readonly RuleGroup[];
  /** When rules began to be evaluated, ms since the epoch. */
  readonly beganMs: number;
}

/**
 * Ends alerts that fired before a restart and that no rule gives any more: their series get staleness markers, the ledger
 * and whoever was told of them hear of the end. Upstream forgets them. Series that others wrote for rules of the same
 * names (a Prometheus that sends its own ALERTS here) are left alone. What is returned is called with a group that knows its
 * alerts of before, until it gives true; it never rejects.
 */
export function createEndedMeanwhile(
  options: EndedMeanwhileOptions,
): (group: RuleGroup, nowMs: number) => Promise<boolean> {
  const { tenant, ports, beganMs } = options;
  const done = new Set<string>();
  let asked: Promise<ReadonlyMap<string, readonly LastSample[]>> | undefined;
  const firedBefore = (): Promise<ReadonlyMap<string, readonly LastSample[]>> => {
    asked ??= ports
      .lastSamples(
        tenant,
        [
          { name: '__name__', operator: '=', value: 'ALERTS' },
          { name: 'alertstate', operator: '=', value: 'firing' },
        ],
        { fromMs: beganMs - RESTORE_BOUNDS.outageToleranceMs, toMs: beganMs },
      )
      .then((samples) =>
        Map.groupBy(
          // NaN: it had ended before.
          samples.filter(({ value }) => !Number.isNaN(value)),
          ({ labels }) => labelValue(labels, 'alertname'),
        ),
      )
      .catch((error: unknown) => {
        // What failed is asked again by whoever comes next.
        asked = undefined;
        throw error;
      });
    return asked;
  };
  return async (restored, nowMs) => {
    try {
      const before = await firedBefore();
      for (const name of new Set(restored.rules.map(({ definition }) => definition.name))) {
        const rules = rulesNamed(name, options.groups());
        // Rules of several groups may have one name: which of them an alert was of is not in its series.
        if (done.has(name) || rules.some(({ rule }) => !rule.restored)) continue;
        const fired = before.get(name) ?? [];
        const own = missing(fired, rules).length === 0 ? undefined : await ports.firingAt?.(tenant, name, beganMs);
        // Another group with a rule of that name may have come first.
        if (done.has(name)) continue;
        done.add(name);
        tellAlerting(name, rules, nowMs, options);
        const ended = missing(fired, rules).filter(({ labels }) => own?.has(labelsKey(labels)));
        await endAll(ended, nowMs, options);
      }
      return true;
    } catch (error) {
      options.warn('alerts that ended while the program was away could not be looked for; it is tried again', {
        error,
      });
      return false;
    }
  };
}

interface NamedRule {
  readonly group: RuleGroup;
  readonly rule: RuleGroup['rules'][number];
}

/** An alert of before, and the rule it must have been of. */
interface Ended extends NamedRule {
  readonly labels: Labels;
}

const rulesNamed = (name: string, groups: readonly RuleGroup[]): NamedRule[] =>
  groups.flatMap((group) =>
    group.rules
      .filter(({ definition }) => definition.kind === 'alert' && definition.name === name)
      .map((rule) => ({ group, rule })),
  );

function tellAlerting(
  name: string,
  rules: readonly NamedRule[],
  nowMs: number,
  { tenant, ports, externalLabels, linkOf }: EndedMeanwhileOptions,
): void {
  const links = new Set(rules.map(({ rule: { definition } }) => linkOf(definition.language, definition.expr)));
  const alerts = rules.flatMap(({ rule }) => [...rule.active.values()].filter(({ state }) => state !== 'inactive'));
  const active = new Set(alerts.map(({ labels }) => labelsKey(withDefaults(labels, externalLabels()))));
  ports.restored?.(tenant, { name, links, active }, nowMs);
}

function missing(fired: readonly LastSample[], rules: readonly NamedRule[]): Ended[] {
  const known = new Set(rules.flatMap(({ rule }) => [...rule.active.values()].map(({ labels }) => labelsKey(labels))));
  return fired.flatMap((sample): Ended[] => {
    const labels = withLabels(sample.labels, [
      ['__name__', ''],
      ['alertstate', ''],
    ]);
    if (known.has(labelsKey(labels))) return [];
    const of = rules.find(({ rule }) =>
      forStateMatchers(rule.definition).every(
        ({ name: label, value }) => label === '__name__' || labelValue(labels, label) === value,
      ),
    );
    return of === undefined ? [] : [{ labels, ...of }];
  });
}

async function endAll(ended: readonly Ended[], nowMs: number, { tenant, ports }: EndedMeanwhileOptions): Promise<void> {
  if (ended.length === 0) return;
  ports.note(
    tenant,
    ended.map(({ labels, group: { definition: group }, rule: { definition } }) => ({
      kind: 'state',
      timeMs: nowMs,
      rule: { file: group.file, group: group.name, rule: definition.name },
      labels,
      from: 'firing',
      to: 'inactive',
      value: Number.NaN,
    })),
  );
  const ends = ended.flatMap(({ labels, group }): RecordedSample[] => {
    const stale = { timeMs: nowMs - group.definition.queryOffsetMs, value: Number.NaN, stale: true };
    const firing = withLabels(labels, [
      ['__name__', 'ALERTS'],
      ['alertstate', 'firing'],
    ]);
    return [
      { labels: firing, ...stale },
      { labels: forStateLabels({ labels }), ...stale },
    ];
  });
  await ports.append(tenant, ends);
}
