import type { WhyAnswer } from '@trilith/contract';
import type { AlertEvent } from '../../model/alert_event.ts';
import { type Labels, labelsToRecord } from '../../model/labels.ts';
import {
  type BlindStretch,
  blindStretches,
  hasLabels,
  type StateStretch,
  type StateTimeline,
  stateTimelines,
  stretchAt,
} from '../state_timeline.ts';
import type { LoadedRule, WhyPorts, WhyQuestion } from './ports.ts';
import { whyQuiet } from './quiet.ts';
import { whyTold } from './told.ts';
import { clock, duration, hop, labelsText, number, stop, type Verdict } from './verdict.ts';

/** Events read of an alert, and of everything that happened to its groups. */
const MOST_EVENTS = 50_000;

/**
 * Why an alert did or did not page at a time: the first hop between a sample and a person at which it stopped, from the
 * ledger where something happened and from the store where nothing did. Throws StoreError.
 */
export async function why(question: WhyQuestion, ports: WhyPorts): Promise<WhyAnswer> {
  const then = await ports.configurationAt?.(question.atMs);
  const verdict = await findVerdict(question, {
    ...ports,
    rules: () => then?.rules ?? ports.rules(),
    routing: () => ({ ...ports.routing(), ...then?.routing }),
  });
  const notes = (then?.notes ?? []).map(({ kind, text, atMs }) =>
    hop(kind === 'rules' ? 'rule' : 'route', 'note', text, atMs),
  );
  return {
    alert: question.alert,
    labels: labelsToRecord(question.labels),
    atMs: question.atMs,
    paged: verdict.paged,
    cause: verdict.cause,
    verdict: `${verdict.sentence.charAt(0).toUpperCase()}${verdict.sentence.slice(1)}.`,
    hops: [...notes, ...verdict.hops],
  };
}

async function findVerdict(question: WhyQuestion, ports: WhyPorts): Promise<Verdict> {
  const { alert, labels, atMs, sinceMs, receiver } = question;
  const range = { fromMs: sinceMs, toMs: atMs, limit: MOST_EVENTS };
  const events = await ports.events({ ...range, alert });
  const loaded = ports.rules().filter(({ name }) => name === alert);
  const found = stateTimelines(events).filter((one) => hasLabels(one.labels, labels));
  if (loaded.length === 0 && found.length === 0) return notLoaded(alert, ports);
  const hops = loaded.map(({ file, group, expr }) =>
    hop('rule', 'passed', `rule ${alert} of group ${group} in ${file}: ${expr}`),
  );
  const fired = latestFiring(found, atMs);
  if (fired !== undefined) {
    const ofGroups = await withGroups(events, fired.labels, range, ports);
    const lasted = fired.stretch.toMs === undefined ? '' : `, until ${clock(fired.stretch.toMs)}`;
    const firing = hop(
      'for',
      'passed',
      `it fired at ${clock(fired.stretch.fromMs)} with the value ${number(fired.stretch.value)}${lasted}`,
      fired.stretch.fromMs,
    );
    const target = {
      labels: fired.labels,
      firedAtMs: fired.stretch.fromMs,
      atMs,
      receiver,
      events: ofGroups,
      routing: ports.routing(),
    };
    return whyTold(target, [...hops, firing]);
  }
  const [rule] = loaded;
  const failing = evaluationProblem(alert, blindStretches(events), rule, atMs);
  if (failing !== undefined) return stop(failing.cause, 'rule', failing.sentence, { hops, atMs: failing.sinceMs });
  const pending = pendingVerdict(found, rule, atMs, hops);
  if (pending !== undefined) return pending;
  if (rule === undefined) return notLoaded(alert, ports);
  return whyQuiet(rule, labels, atMs, { evaluate: (queries, timeMs) => ports.evaluate(queries, timeMs), hops });
}

function notLoaded(alert: string, ports: WhyPorts): Verdict {
  const broken = [...ports.unreadable()].find(([, reason]) => reason !== '');
  if (broken !== undefined) {
    const [file, reason] = broken;
    const sentence = `no rule named ${alert} is loaded, and the rule file ${file} cannot be used: ${reason}`;
    return stop('rule-broken', 'rule', sentence, { hops: [] });
  }
  const similar = ports
    .rules()
    .map(({ name }) => name)
    .filter((name) => name.toLowerCase().includes(alert.toLowerCase()));
  const hint = similar.length === 0 ? '' : `; there are ${[...new Set(similar)].slice(0, 5).join(', ')}`;
  return stop('rule-not-loaded', 'rule', `no rule named ${alert} is loaded${hint}`, { hops: [] });
}

/** The firing that goes on at a time, else the last one before it. */
function latestFiring(
  found: readonly StateTimeline[],
  atMs: number,
): { readonly labels: Labels; readonly stretch: StateStretch } | undefined {
  const firings = found.flatMap(({ labels, stretches }) =>
    stretches
      .filter(({ state, fromMs }) => state === 'firing' && fromMs <= atMs)
      .map((stretch) => ({ labels, stretch })),
  );
  const endOf = ({ stretch }: (typeof firings)[number]): number => Math.min(stretch.toMs ?? atMs, atMs);
  return firings.sort((a, b) => endOf(b) - endOf(a) || b.stretch.fromMs - a.stretch.fromMs)[0];
}

/** Its own events and those of the groups it was in. */
async function withGroups(
  events: readonly AlertEvent[],
  labels: Labels,
  range: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
  ports: WhyPorts,
): Promise<readonly AlertEvent[]> {
  const keys = new Set(
    events.flatMap((event) => (event.kind === 'routed' && hasLabels(event.labels, labels) ? [event.groupKey] : [])),
  );
  const ofGroups = await Promise.all(
    [...keys].map((groupKey) => ports.events({ ...range, groupKey, kinds: ['attempt', 'response'] })),
  );
  const kept = events.filter(
    (event) =>
      !('groupKey' in event && keys.has(event.groupKey) && (event.kind === 'attempt' || event.kind === 'response')),
  );
  return [...kept, ...ofGroups.flat()].sort((a, b) => a.timeMs - b.timeMs);
}

function evaluationProblem(
  alert: string,
  blind: readonly BlindStretch[],
  rule: LoadedRule | undefined,
  atMs: number,
): { readonly cause: Verdict['cause']; readonly sentence: string; readonly sinceMs: number | null } | undefined {
  const of = stretchAt(
    blind.filter((one) => one.rule.rule === alert),
    atMs,
  );
  const error = of?.error ?? (rule !== undefined && rule.lastEvaluationMs <= atMs ? rule.lastError : '');
  if (error === '') return undefined;
  const cause = /exceeded limit of/.test(error) ? 'limit-exceeded' : 'evaluation-failing';
  const since = of === undefined ? '' : ` since ${clock(of.fromMs)}`;
  return { cause, sentence: `the rule could not be evaluated${since}: ${error}`, sinceMs: of?.fromMs ?? null };
}

/** The condition held, but not for as long as the rule asks. */
function pendingVerdict(
  found: readonly StateTimeline[],
  rule: LoadedRule | undefined,
  atMs: number,
  hops: Verdict['hops'],
): Verdict | undefined {
  const pending = found
    .flatMap(({ stretches, labels }) =>
      stretches
        .filter(({ state, fromMs }) => state === 'pending' && fromMs <= atMs)
        .map((stretch) => ({ ...stretch, labels })),
    )
    .sort((a, b) => a.fromMs - b.fromMs);
  const last = pending.at(-1);
  if (last === undefined) return undefined;
  const lasted = (one: StateStretch): number => Math.min(one.toMs ?? atMs, atMs) - one.fromMs;
  const asked = rule === undefined ? '' : ` of the ${duration(rule.forMs)} it asks for`;
  const passed = [
    ...hops,
    hop(
      'threshold',
      'passed',
      `the condition held with the value ${number(last.value)} for ${labelsText(last.labels)}`,
      last.fromMs,
    ),
  ];
  if (last.toMs === undefined || last.toMs > atMs) {
    const sentence = `the condition had held for ${duration(lasted(last))}${asked}, since ${clock(last.fromMs)}`;
    return stop('for-not-reached', 'for', sentence, { hops: passed, atMs: last.fromMs });
  }
  const longest = Math.max(...pending.map(lasted));
  if (pending.length === 1) {
    const sentence = `the condition held for ${duration(longest)}${asked}, from ${clock(last.fromMs)} to ${clock(last.toMs)}`;
    return stop('for-not-reached', 'for', sentence, { hops: passed, atMs: last.fromMs });
  }
  const sentence = `the condition came and went ${pending.length} times, and never held for longer than ${duration(longest)}${asked}`;
  return stop('flapped', 'for', sentence, { hops: passed, atMs: last.fromMs });
}
