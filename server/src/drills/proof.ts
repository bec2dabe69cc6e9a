import type { RuleProof } from '@trilith/contract';
import { neededStreams, promqlParts } from '../ledger/index.ts';
import { DRILL_LABEL } from '../model/alert.ts';
import type { AlertEvent, AttemptEvent, RuleIdentity, StateEvent } from '../model/alert_event.ts';
import { type Labels, labelsFrom, labelValue } from '../model/labels.ts';
import { hasFailed, type RuleAnswer, type RuleQuery } from '../rules/index.ts';
import type { LedgerSelection } from '../store/index.ts';

/** An alerting rule as it is loaded now. */
export interface ProvableRule {
  readonly file: string;
  readonly group: string;
  readonly name: string;
  readonly language: RuleQuery['language'];
  readonly expr: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** Why its last evaluation failed; empty when it did not. */
  readonly lastError: string;
}

/** What a receiver is reached by. */
export interface ReceiverOfAlert {
  readonly receiver: string;
  /** Those that reach somebody now. */
  readonly integrations: readonly string[];
  /** Why others do not, in words. */
  readonly unreached: readonly string[];
}

/** What proof is found with. Times are ms since the epoch. */
export interface ProofPorts {
  rules(): readonly ProvableRule[];
  events(selection: LedgerSelection): Promise<readonly AlertEvent[]>;
  /** One answer for each query. */
  evaluate(queries: readonly RuleQuery[], timeMs: number): Promise<readonly RuleAnswer[]>;
  /** Whom an alert with these labels would be told to now. */
  receiversOf(labels: Labels): readonly ReceiverOfAlert[];
  /** The runbook of a rule: an empty address for none, `opens` null where that cannot be known before it fires. Never rejects. */
  runbookOf(rule: ProvableRule): Promise<RuleProof['runbook']>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** As long as the ledger is kept. */
const FIRINGS_MS = 396 * DAY_MS;
const ATTEMPTS_MS = 30 * DAY_MS;
/** Rules with firings, and receivers with attempts: one event of each is asked for. */
const MOST_EVENTS = 50_000;
/** Severities that wake somebody up. */
const PAGING = new Set(['page', 'critical']);
const pages = ({ labels }: ProvableRule): boolean =>
  PAGING.has(labels.get('severity') ?? '') || labels.get('sloth_severity') === 'page';

type Doubt = RuleProof['doubts'][number];

/**
 * For each rule that pages: whether its page would arrive, as far as one can know without a fault: its series exist, its
 * route ends at a receiver that took a notification lately, its runbook opens, and it has fired once. Broken ones first.
 * @param all rules that do not page too
 */
export async function proofOf(ports: ProofPorts, nowMs: number, all: boolean): Promise<RuleProof[]> {
  const rules = ports.rules().filter((rule) => all || pages(rule));
  if (rules.length === 0) return [];
  const [firings, attempts, counts] = await Promise.all([
    ports.events({ fromMs: nowMs - FIRINGS_MS, toMs: nowMs, newestOf: 'firing', limit: MOST_EVENTS }),
    ports.events({ fromMs: nowMs - ATTEMPTS_MS, toMs: nowMs, newestOf: 'attempt', limit: MOST_EVENTS }),
    countsOf(rules.flatMap(needsOf), ports, nowMs),
  ]);
  const lastFirings = new Map<string, StateEvent>();
  for (const event of firings) if (event.kind === 'state') lastFirings.set(keyOf(event.rule), event);
  const proofs = await Promise.all(
    rules.map((rule) => {
      const firing = lastFirings.get(keyOf({ file: rule.file, group: rule.group, rule: rule.name }));
      return proofOfRule(rule, { firing, attempts, counts, ports });
    }),
  );
  const order: readonly RuleProof['verdict'][] = ['broken', 'unproven', 'proven'];
  return proofs.sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
}

const keyOf = ({ file, group, rule }: RuleIdentity): string => `${file}\0${group}\0${rule}`;

interface Known {
  readonly firing: StateEvent | undefined;
  readonly attempts: readonly AlertEvent[];
  /** Answers by what was asked; undefined where the question failed. */
  readonly counts: ReadonlyMap<string, number | undefined>;
  readonly ports: ProofPorts;
}

async function proofOfRule(rule: ProvableRule, { firing, attempts, counts, ports }: Known): Promise<RuleProof> {
  const doubts: Doubt[] = [];
  const doubt = (kind: Doubt['kind'], text: string): void => void doubts.push({ kind, text });
  if (rule.lastError !== '') doubt('evaluation', `it cannot be evaluated: ${rule.lastError}`);
  const series = needsOf(rule).map(({ selector, query: { language, expr }, absence }) => {
    const count = counts.get(expr) ?? null;
    if (count === 0) doubt('series', absence);
    return { language, selector, count };
  });
  const told = ports.receiversOf(routedLabels(rule, firing));
  if (told.every(({ integrations }) => integrations.length === 0)) {
    const names = told.map(({ receiver }) => receiver).join(', ') || 'no receiver';
    const reasons = [...new Set(told.flatMap(({ unreached }) => unreached))].map((reason) => `: ${reason}`).join('');
    doubt('receiver', `its route ends at ${names}, which reaches nobody${reasons}`);
  }
  const receivers = told.map((receiver) => deliveryOf(receiver, attempts));
  for (const { receiver, lastError } of receivers)
    if (lastError !== '') doubt('delivery', `the last notification to ${receiver} failed: ${lastError}`);
  if (firing === undefined) doubt('never_fired', 'it has not fired within 13 months, and no drill has made it');
  const runbook = await ports.runbookOf(rule);
  if (runbook.address === '') doubt('runbook', 'it names no runbook');
  else if (runbook.opens === false) doubt('runbook', `its runbook does not open: ${runbook.error}`);
  return {
    rule: { file: rule.file, group: rule.group, rule: rule.name },
    severity: rule.labels.get('severity') ?? '',
    verdict: verdictOf(doubts, receivers),
    lastFiring:
      firing === undefined ? null : { atMs: firing.timeMs, isDrill: labelValue(firing.labels, DRILL_LABEL) !== '' },
    series,
    receivers,
    runbook,
    doubts,
  };
}

function verdictOf(doubts: readonly Doubt[], receivers: RuleProof['receivers']): RuleProof['verdict'] {
  const kinds = new Set(doubts.map(({ kind }) => kind));
  if (['evaluation', 'series', 'receiver', 'delivery'].some((kind) => kinds.has(kind as Doubt['kind'])))
    return 'broken';
  const wasTaken = receivers.some(({ lastAcceptedMs }) => lastAcceptedMs !== null);
  return kinds.has('never_fired') || !wasTaken ? 'unproven' : 'proven';
}

/** What a rule cannot fire without, and how it is counted. */
interface Need {
  readonly selector: string;
  readonly query: RuleQuery;
  /** What there is none of, in words. */
  readonly absence: string;
}

/** Of metrics the series that exist now; of logs the lines of an hour, or of the stretch the rule looks at. */
function needsOf({ language, expr }: ProvableRule): Need[] {
  if (language === 'promql')
    return promqlParts(expr).needed.map(({ text }) => ({
      selector: text,
      query: { language, expr: `count(${text})` },
      absence: `no series of ${text} exists now`,
    }));
  return neededStreams(expr).map(({ selector, rangeMs }) => {
    const range = `${Math.ceil(Math.max(HOUR_MS, rangeMs) / 1_000)}s`;
    return {
      selector,
      query: { language, expr: `sum(count_over_time(${selector}[${range}]))` },
      absence: `no line of ${selector} came within ${range}`,
    };
  });
}

async function countsOf(
  needs: readonly Need[],
  ports: ProofPorts,
  nowMs: number,
): Promise<ReadonlyMap<string, number | undefined>> {
  const queries = [...new Map(needs.map(({ query }) => [query.expr, query])).values()];
  if (queries.length === 0) return new Map();
  const answers = await ports.evaluate(queries, nowMs);
  return new Map(
    queries.map(({ expr }, i) => {
      const answer = answers[i];
      if (answer === undefined || hasFailed(answer)) return [expr, undefined];
      return [expr, answer[0]?.value ?? 0];
    }),
  );
}

/** Labels the alert is routed by: those it had when it last fired, else the ones the rule sets without a template. */
function routedLabels({ name, labels }: ProvableRule, firing: StateEvent | undefined): Labels {
  if (firing !== undefined) return firing.labels;
  const fixed = [...labels].filter(([, value]) => !value.includes('{{'));
  return labelsFrom([...fixed, ['alertname', name]]);
}

function deliveryOf(
  { receiver, integrations }: ReceiverOfAlert,
  attempts: readonly AlertEvent[],
): RuleProof['receivers'][number] {
  const own = attempts.filter(
    (event): event is AttemptEvent => event.kind === 'attempt' && event.receiver === receiver,
  );
  const accepted = own.findLast(({ outcome }) => outcome === 'accepted');
  const last = own.at(-1);
  return {
    receiver,
    integrations: [...integrations],
    lastAcceptedMs: accepted?.timeMs ?? null,
    lastError: last === undefined || last.outcome === 'accepted' ? '' : last.error,
  };
}
