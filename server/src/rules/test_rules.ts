import type { Alert } from '../model/alert.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import { type Labels, labelsKey, labelValue, type Matcher } from '../model/labels.ts';
import { createMetricsEngine, type MemorySeries, memorySamples } from '../query/index.ts';
import type { GroupContext } from './group.ts';
import { groupDefinition } from './load.ts';
import type { LastSample, RecordedSample, RuleAnswer, RulePorts } from './ports.ts';
import { type RuleGroup as FileGroup, parseRuleFile } from './rule_file.ts';

/** What rules need of the rest, in memory: real PromQL over samples that tests put and rules append. For tests. */
export interface MemoryPorts extends RulePorts {
  put(labels: Labels, timeMs: number, value: number): void;
  /** Every query fails with this while it is set. */
  failure: string | undefined;
  /** Every append fails with this while it is set. */
  appendFailure: string | undefined;
  readonly appended: RecordedSample[];
  readonly sent: Alert[];
  readonly events: AlertEvent[];
}

interface Series {
  readonly labels: Labels;
  readonly times: number[];
  readonly values: number[];
  readonly stale: number[];
}

export function createMemoryPorts(): MemoryPorts {
  const store = new Map<string, Series>();
  const seriesOf = (labels: Labels): Series => {
    const key = labelsKey(labels);
    const known = store.get(key) ?? { labels, times: [], values: [], stale: [] };
    store.set(key, known);
    return known;
  };
  const engine = createMetricsEngine({
    source: {
      select: (selection, most, signal) =>
        memorySamples([...store.values()] satisfies MemorySeries[]).select(selection, most, signal),
    },
    now: () => performance.now(),
  });
  const ports: MemoryPorts = {
    failure: undefined,
    appendFailure: undefined,
    appended: [],
    sent: [],
    events: [],
    put(labels, timeMs, value) {
      const series = seriesOf(labels);
      series.times.push(timeMs);
      series.values.push(value);
    },
    evaluate(_, queries, timeMs) {
      if (ports.failure !== undefined) return Promise.reject(new Error(ports.failure));
      return Promise.all(
        queries.map(async ({ expr }): Promise<RuleAnswer> => {
          try {
            const result = await engine.query({ query: expr, startMs: timeMs, endMs: timeMs, stepMs: 0 });
            return result.series.map(({ labels, values }) => ({ labels, value: values[0] ?? Number.NaN }));
          } catch (error) {
            return { error: error instanceof Error ? error.message : String(error) };
          }
        }),
      );
    },
    async append(_, samples) {
      if (ports.appendFailure !== undefined) throw new Error(ports.appendFailure);
      ports.appended.push(...samples);
      for (const { labels, timeMs, value, stale } of samples) {
        if (stale) seriesOf(labels).stale.push(timeMs);
        else ports.put(labels, timeMs, value);
      }
    },
    async lastSamples(_, matchers, { fromMs, toMs }) {
      return [...store.values()].filter(({ labels }) => satisfies(labels, matchers)).flatMap(lastWithin(fromMs, toMs));
    },
    async firingAt(_, name, timeMs) {
      const firing = new Set<string>();
      for (const event of ports.events) {
        if (event.kind !== 'state' || event.rule.rule !== name || event.timeMs > timeMs) continue;
        if (event.to === 'firing') firing.add(labelsKey(event.labels));
        else firing.delete(labelsKey(event.labels));
      }
      return firing;
    },
    alerts: (_, alerts) => void ports.sent.push(...alerts),
    note: (_, events) => void ports.events.push(...events),
  };
  return ports;
}

const satisfies = (labels: Labels, matchers: readonly Matcher[]): boolean =>
  matchers.every(({ name, value }) => labelValue(labels, name) === value);

const lastWithin =
  (fromMs: number, toMs: number) =>
  ({ labels, times, values, stale }: Series): LastSample[] => {
    const at = times.findLastIndex((time) => time <= toMs);
    const timeMs = times[at] ?? Number.NEGATIVE_INFINITY;
    const staleMs = stale.findLast((time) => time <= toMs) ?? Number.NEGATIVE_INFINITY;
    const last = Math.max(timeMs, staleMs);
    return last < fromMs ? [] : [{ labels, timeMs: last, value: staleMs >= timeMs ? Number.NaN : (values[at] ?? 0) }];
  };

/** The context of groups in tests; templates are left as they are. */
export function testContext(ports: RulePorts): GroupContext {
  return {
    tenant: 'trilith',
    ports,
    expand: async ({ labels, annotations }) => ({ labels, annotations }),
    externalLabels: () => [],
    linkOf: (_, expr) => `http://trilith/?q=${expr}`,
    resendDelayMs: 60_000,
    blind: { evaluated: () => undefined, forget: () => undefined },
    elapsedMs: () => 0,
    warn: () => undefined,
  };
}

/** The groups of a rule file's text as they are evaluated. Throws Error when something is wrong with it. */
export function definitionsOf(source: string, intervalMs = 60_000) {
  const { groups, problems } = parseRuleFile(source);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  return groups.map((group: FileGroup) =>
    groupDefinition(group, 'rules.yml', 'promql', { intervalMs, queryOffsetMs: 0 }),
  );
}
