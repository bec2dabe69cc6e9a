import { PromqlParseError } from '@trilith/lang/promql';
import { promqlParts } from '../ledger/index.ts';
import { DRILL_LABEL } from '../model/alert.ts';
import type { StateEvent } from '../model/alert_event.ts';
import type { Labels } from '../model/labels.ts';
import {
  type ActiveAlert,
  type ExpandAlertTemplates,
  type GroupDefinition,
  hasFailed,
  type RecordedSample,
  type RuleAnswer,
  type RuleDefinition,
  RuleGroup,
  type RuleQuery,
} from '../rules/index.ts';

/** A rule as it stands after an evaluation. */
export interface RuleView {
  /** When it was evaluated, ms; in the injected telemetry's own time where there is one. */
  readonly timeMs: number;
  /** Selectors that select nothing now and without which the rule cannot fire. */
  readonly missing: readonly string[];
  /** Those pending or firing. */
  readonly alerts: readonly ActiveAlert[];
  /** Left sides of its comparisons with the values they have: `rate(errors[5m]) is 0.2, > 1 is asked for`. */
  readonly compared: readonly string[];
  /** Why it could not be evaluated; empty when it could. */
  readonly error: string;
  /** There is no more telemetry to come. */
  readonly isOver: boolean;
}

export interface LoadedRule {
  readonly group: GroupDefinition;
  readonly rule: RuleDefinition;
}

export interface ShadowOptions {
  readonly drillId: string;
  readonly drillName: string;
  readonly forMs: number;
  /** Rules evaluated before it, that it reads. */
  readonly before: readonly RuleDefinition[];
  readonly tenant: string;
  readonly expand: ExpandAlertTemplates;
  readonly evaluate: (queries: readonly RuleQuery[], timeMs: number) => Promise<readonly RuleAnswer[]>;
  readonly append: (samples: readonly RecordedSample[]) => Promise<void>;
  /** Changes of the drilled alerts' states, as the ledger has them. */
  readonly note: (events: readonly StateEvent[]) => void;
}

/** What people read first; a drilled alert says in each that it is a drill. */
const READ_FIRST = ['summary', 'description', 'message', 'title'];
const MOST_COMPARED = 3;

/**
 * The rule itself with the label of drills on its alerts: the same expression, labels and templates, evaluated by the same
 * code, but nothing of it is recorded.
 */
export function shadowRule({ group, rule }: LoadedRule, options: ShadowOptions) {
  const drilled: RuleDefinition = {
    ...rule,
    forMs: options.forMs,
    labels: new Map([...rule.labels, [DRILL_LABEL, options.drillId]]),
    annotations: drillAnnotations(rule, options.drillName),
  };
  const shadow = new RuleGroup(
    { ...group, queryOffsetMs: 0, rules: [...options.before, drilled] },
    {
      tenant: options.tenant,
      ports: {
        evaluate: (_tenant, queries, timeMs) => options.evaluate(queries, timeMs),
        append: (_tenant, samples) => options.append(samples),
        lastSamples: async () => [],
        alerts: () => undefined,
        note: (_tenant, events) =>
          options.note(
            events.filter((event) => event.kind === 'state' && event.rule.rule === rule.name) as StateEvent[],
          ),
      },
      expand: options.expand,
      externalLabels: (): Labels => [],
      linkOf: () => '',
      resendDelayMs: 0,
      blind: { evaluated: () => undefined, forget: () => undefined },
      elapsedMs: () => performance.now(),
      warn: () => undefined,
    },
    false,
  );
  const state = shadow.rules.at(-1);
  return {
    /** One evaluation. Never rejects. */
    async look(timeMs: number): Promise<Omit<RuleView, 'isOver'>> {
      await shadow.evaluate(timeMs, timeMs);
      const active = [...(state?.active.values() ?? [])].filter((alert) => alert.state !== 'inactive');
      return {
        timeMs,
        alerts: active,
        error: state?.lastError ?? '',
        ...(await partsOf(rule, timeMs, options.evaluate)),
      };
    },
  };
}

function drillAnnotations({ name, annotations }: RuleDefinition, drillName: string): ReadonlyMap<string, string> {
  const marked = new Map(annotations);
  for (const key of READ_FIRST) {
    const written = marked.get(key);
    if (written !== undefined) marked.set(key, `DRILL: ${written}`);
  }
  if (!marked.has('summary')) marked.set('summary', `DRILL: ${name} (${drillName.replaceAll('{{', '{ {')})`);
  return marked;
}

/** What of the expression has no series, and what its comparisons compare. */
async function partsOf(
  { language, expr }: RuleDefinition,
  timeMs: number,
  evaluate: ShadowOptions['evaluate'],
): Promise<Pick<RuleView, 'missing' | 'compared'>> {
  if (language !== 'promql') return { missing: [], compared: [] };
  const { needed, comparisons } = partsOrNone(expr);
  const shown = comparisons.slice(0, MOST_COMPARED);
  const queries = [...needed.map(({ text }) => `count(${text})`), ...shown.map(({ left }) => left)];
  if (queries.length === 0) return { missing: [], compared: [] };
  const asked = queries.map((query): RuleQuery => ({ language, expr: query }));
  try {
    const answers = await evaluate(asked, timeMs);
    const isEmpty = (answer: RuleAnswer | undefined): boolean =>
      answer !== undefined && !hasFailed(answer) && answer.length === 0;
    return {
      missing: needed.filter((_, i) => isEmpty(answers[i])).map(({ text }) => text),
      compared: shown.map(({ left, operator, right }, i) => {
        const answer = answers[needed.length + i];
        return `${left} is ${valueText(answer)}, ${operator} ${right} is asked for`;
      }),
    };
  } catch {
    // The rule's own evaluation says why the store did not answer.
    return { missing: [], compared: [] };
  }
}

/** An expression with what is experimental is not taken apart. */
function partsOrNone(expr: string): Pick<ReturnType<typeof promqlParts>, 'needed' | 'comparisons'> {
  try {
    return promqlParts(expr);
  } catch (error) {
    if (!(error instanceof PromqlParseError)) throw error;
    return { needed: [], comparisons: [] };
  }
}

/** The largest of the values, which is the nearest to most thresholds. */
function valueText(answer: RuleAnswer | undefined): string {
  if (answer === undefined || hasFailed(answer)) return 'unknown';
  const values = answer.map(({ value }) => value).filter((value) => !Number.isNaN(value));
  return values.length === 0 ? 'nothing' : String(Number(Math.max(...values).toPrecision(4)));
}
