import { type BacktestAnswer, type BacktestProgress, type BacktestRequest, backtestRequest } from '@trilith/contract';
import { type AlertmanagerConfig, type ReplayedNotification, replayNotifications } from '../../alerting/index.ts';
import { type HttpRequest, jsonResponse, type Route } from '../../base/http.ts';
import { type Labels, labelsFrom, labelsToRecord, labelValue } from '../../model/labels.ts';
import {
  type BacktestPorts,
  backtestRule,
  type ExpandAlertTemplates,
  type Firing,
  firingTimeMs,
  type GroupDefinition,
  groupDefinition,
  type LoadOptions,
  parseRuleFile,
  type RuleBacktest,
  type RuleDefinition,
} from '../../rules/index.ts';
import { RequestError } from './respond.ts';
import { answered, bodyOf } from './state_requests.ts';

/** What a backtest needs of the running system. */
export interface BacktestSource {
  readonly tenant: string;
  readonly nowMs: () => number;
  readonly groups: () => readonly GroupDefinition[];
  readonly surroundings: () => {
    readonly load: LoadOptions;
    readonly externalLabels: Labels;
    readonly expand: ExpandAlertTemplates;
  };
  readonly alertmanager: () => AlertmanagerConfig;
  readonly ports: BacktestPorts;
}

const MOST_BODY_BYTES = 5 * 1024 * 1024;
const MOST_RANGE_MS = 400 * 86_400_000;
const MOST_RULES = 500;
/** What one answer lists; figures count everything. */
const LISTED = { firings: 500, notifications: 1_000, alerts: 20 } as const;
/** Evaluation ends after this, ms: what was not reached is told of. */
const DEADLINE_MS = 90_000;
/** Backtests that run at once. */
const AT_ONCE = 2;

interface ChosenRule {
  readonly group: GroupDefinition;
  readonly rule: RuleDefinition;
}

interface TestedRule extends ChosenRule {
  readonly result: RuleBacktest;
}

/** `POST /api/alerts/backtest`, and how far one is. */
export function backtestRoutes(source: BacktestSource): Route[] {
  const running = new Map<string, BacktestProgress>();
  let count = 0;
  const run = async (request: HttpRequest): Promise<BacktestAnswer> => {
    if (request.tenant !== source.tenant)
      throw new RequestError(404, 'not_found', `rules belong to the tenant ${source.tenant}`);
    const asked = bodyOf(request, backtestRequest, 'a backtest', MOST_BODY_BYTES);
    const id = asked.id ?? `#${++count}`;
    if (running.has(id)) throw new RequestError(409, 'conflict', `a backtest of the name ${id} runs already`);
    if (running.size >= AT_ONCE)
      throw new RequestError(429, 'busy', `${AT_ONCE} backtests run already; try again when one of them is done`);
    try {
      return await backtest(source, asked, request.signal, (progress) => running.set(id, progress));
    } finally {
      running.delete(id);
    }
  };
  return [
    {
      method: 'POST',
      path: '/api/alerts/backtest',
      handler: (request) => answered(request, async () => jsonResponse(200, await run(request))),
    },
    {
      method: 'GET',
      path: '/api/alerts/backtest/:id',
      handler: (request) =>
        answered(request, async () => {
          const progress = running.get(request.params.id ?? '');
          if (progress === undefined) throw new RequestError(404, 'not_found', 'no backtest of that name runs');
          return jsonResponse(200, progress);
        }),
    },
  ];
}

async function backtest(
  source: BacktestSource,
  asked: BacktestRequest,
  signal: AbortSignal,
  tell: (progress: BacktestProgress) => void,
): Promise<BacktestAnswer> {
  const fromMs = asked.fromMs;
  const toMs = Math.min(asked.toMs, source.nowMs());
  if (fromMs >= toMs) throw new RequestError(400, 'bad_request', 'fromMs must be before toMs and before now');
  if (toMs - fromMs > MOST_RANGE_MS) throw new RequestError(400, 'bad_request', 'the range is longer than 400 days');
  const chosen = chosenRules(source, asked);
  const deadline = source.nowMs() + DEADLINE_MS;
  const tested: TestedRule[] = [];
  for (const [i, one] of chosen.entries()) {
    const goOn = (done: number): boolean => {
      tell({ done: i + done, all: chosen.length, rule: one.rule.name });
      return !signal.aborted && source.nowMs() < deadline;
    };
    if (!goOn(0)) {
      const result = { stepMs: one.group.intervalMs, firings: [], coveredToMs: fromMs, error: '' };
      tested.push({ ...one, result });
      continue;
    }
    const { expand } = source.surroundings();
    const result = await backtestRule(one.group, one.rule, { ports: source.ports, expand, fromMs, toMs, goOn });
    tested.push({ ...one, result });
  }
  return answerOf(source, { asked, chosen, tested, fromMs, toMs });
}

/** Throws RequestError for a file that cannot be used, and for names that are none. */
function chosenRules(source: BacktestSource, asked: BacktestRequest): ChosenRule[] {
  const groups = asked.rules === undefined ? source.groups() : groupsOf(asked.rules, asked.language, source);
  const chosen = groups
    .filter(({ name }) => asked.group === undefined || name === asked.group)
    .flatMap((group) => group.rules.map((rule): ChosenRule => ({ group, rule })))
    .filter(({ rule }) => rule.kind === 'alert' && (asked.alert === undefined || rule.name === asked.alert));
  if (chosen.length === 0) throw new RequestError(404, 'not_found', 'there is no alerting rule of that name');
  if (chosen.length > MOST_RULES)
    throw new RequestError(400, 'bad_request', `${chosen.length} rules are more than ${MOST_RULES}: choose a group`);
  return chosen;
}

function groupsOf(
  text: string,
  language: BacktestRequest['language'] = 'promql',
  source: BacktestSource,
): GroupDefinition[] {
  const { load } = source.surroundings();
  const { groups, problems } = parseRuleFile(text, {
    language,
    ...(load.promql === undefined ? {} : { promql: load.promql }),
  });
  const [problem] = problems;
  if (problem !== undefined)
    throw new RequestError(400, 'bad_rules', `${problem.line}:${problem.column}: ${problem.message}`);
  return groups.map((group) => groupDefinition(group, '', language, load));
}

interface Outcome {
  readonly asked: BacktestRequest;
  readonly chosen: readonly ChosenRule[];
  readonly tested: readonly TestedRule[];
  readonly fromMs: number;
  readonly toMs: number;
}

function answerOf(source: BacktestSource, outcome: Outcome): BacktestAnswer {
  const { tested, fromMs, toMs } = outcome;
  const firings = tested.flatMap(({ result }) => result.firings);
  const { externalLabels } = source.surroundings();
  const alerts = firings.map(({ labels, firedAtMs, resolvedAtMs }) => ({
    labels: labelsFrom([...pairs(externalLabels), ...pairs(labels)]),
    firedAtMs,
    resolvedAtMs,
  }));
  const told = replayNotifications(source.alertmanager(), alerts, toMs).filter(({ timeMs }) => timeMs >= fromMs);
  return {
    fromMs,
    toMs,
    rules: tested.map((one) => encodeRule(one, fromMs, toMs)),
    notifications: told.slice(0, LISTED.notifications).map(encodeNotification),
    totals: {
      pages: told.filter(({ firing }) => firing.length > 0).length,
      notifications: told.length,
      firings: firings.length,
      firingMs: firingTimeMs(firings, fromMs, toMs),
    },
    notes: notesOf(source, outcome, told.length),
  };
}

function* pairs(labels: Labels): Generator<readonly [string, string]> {
  for (let i = 0; i < labels.length; i += 2) yield [labels[i] ?? '', labels[i + 1] ?? ''];
}

function encodeRule(
  { group, rule, result }: TestedRule,
  fromMs: number,
  toMs: number,
): BacktestAnswer['rules'][number] {
  const { stepMs, firings, coveredToMs, error } = result;
  return {
    file: group.file,
    group: group.name,
    alert: rule.name,
    stepMs,
    firings: firings.length,
    firingMs: firingTimeMs(firings, fromMs, toMs),
    list: firings.slice(0, LISTED.firings).map(encodeFiring),
    coveredToMs,
    error,
  };
}

const encodeFiring = ({ labels, annotations, value, activeAtMs, firedAtMs, resolvedAtMs }: Firing) => ({
  labels: labelsToRecord(labels),
  annotations: labelsToRecord(annotations),
  value: Number.isFinite(value) ? value : null,
  activeAtMs,
  firedAtMs,
  resolvedAtMs: resolvedAtMs ?? null,
});

const encodeNotification = (one: ReplayedNotification): BacktestAnswer['notifications'][number] => ({
  timeMs: one.timeMs,
  receiver: one.receiver,
  groupLabels: labelsToRecord(one.groupLabels),
  reason: one.reason,
  firing: one.firing.length,
  resolved: one.resolved.length,
  alerts: [...new Set([...one.firing, ...one.resolved].map(({ labels }) => labelValue(labels, 'alertname')))].slice(
    0,
    LISTED.alerts,
  ),
});

/** What has to be known to read the figures. */
function notesOf(source: BacktestSource, { chosen, tested, asked, toMs }: Outcome, told: number): string[] {
  const notes = ['Silences and inhibition are not applied, and every receiver takes what it is told.'];
  const config = source.alertmanager();
  if ([...config.receivers.values()].every(({ integrations }) => integrations.length === 0))
    notes.push('No receiver of the configuration tells anybody: there are no pages whatever fires.');
  const coarse = tested.find(({ group, result }) => result.stepMs > group.intervalMs);
  if (coarse !== undefined)
    notes.push(
      `${coarse.rule.name} was evaluated every ${coarse.result.stepMs / 1000} s instead of every ${coarse.group.intervalMs / 1000} s: the range is too long.`,
    );
  const late = tested.filter(({ result }) => result.coveredToMs < toMs && result.error === '');
  if (late.length > 0)
    notes.push(
      `${late.length} of ${tested.length} rules were not evaluated up to the end: after ${DEADLINE_MS / 1000} s, or 10,000 alerts of one rule, a backtest stops.`,
    );
  if (told > LISTED.notifications) notes.push(`Only the first ${LISTED.notifications} notifications are listed.`);
  if (asked.rules !== undefined && recordsAnything(asked.rules, source, asked.language, chosen))
    notes.push('Recorded series are read as they are stored: recording rules of the file are not evaluated.');
  return notes;
}

function recordsAnything(
  text: string,
  source: BacktestSource,
  language: BacktestRequest['language'],
  chosen: readonly ChosenRule[],
): boolean {
  const recorded = groupsOf(text, language, source).flatMap(({ rules }) =>
    rules.filter(({ kind }) => kind === 'record'),
  );
  return recorded.some(({ name }) => chosen.some(({ rule }) => rule.expr.includes(name)));
}
