import { ALL_FEATURES, parse } from '@trilith/lang/promql';
import type { RuleIdentity } from '../model/alert_event.ts';
import { type Labels, labelsKey } from '../model/labels.ts';
import type { BlindRules } from './blind.ts';
import { type GroupDefinition, groupKey, ruleText } from './definition.ts';
import { batchesOf, type RuleBatches } from './dependencies.ts';
import { dueAlerts } from './due_alerts.ts';
import {
  type ExpandAlertTemplates,
  hasFailed,
  type RecordedSample,
  type RuleAnswer,
  type RulePorts,
  type RuleSample,
} from './ports.ts';
import { forStateMatchers, RESTORE_BOUNDS, restoredAlerts } from './restore.ts';
import {
  newRuleState,
  type RuleEvaluation,
  type RuleOutcome,
  type RuleState,
  recordSeries,
  updateAlerts,
} from './rule_state.ts';

/** What all groups share. */
export interface GroupContext {
  readonly tenant: string;
  readonly ports: RulePorts;
  readonly expand: ExpandAlertTemplates;
  /** Put on alerts on their way to alerting, where they do not have a label of that name. */
  readonly externalLabels: () => Labels;
  /** Where the expression of a rule can be looked at. */
  readonly linkOf: (language: 'promql' | 'logql', expr: string) => string;
  readonly resendDelayMs: number;
  readonly blind: Pick<BlindRules, 'evaluated' | 'forget'>;
  /** A clock that never goes back, ms. */
  readonly elapsedMs: () => number;
  /** Told of what does not belong in the state of a rule: samples that could not be stored, restores that failed. */
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** What a group has done since it was loaded. */
export interface GroupCounts {
  evaluations: number;
  failures: number;
  iterations: number;
  missed: number;
  /** Series and alerts of the last iteration. */
  samples: number;
}

/** A group of rules with the state of each. Iterations must not overlap. */
export class RuleGroup {
  readonly definition: GroupDefinition;
  readonly rules: readonly RuleState[];
  readonly counts: GroupCounts = { evaluations: 0, failures: 0, iterations: 0, missed: 0, samples: 0 };
  /** When the last iteration began (ms since the epoch, 0 for never) and how long it took. */
  lastEvaluationMs = 0;
  evaluationSeconds = 0;
  /** From the time the last iteration was for to its end. */
  lagSeconds = 0;
  restoreSeconds = 0;
  readonly #context: GroupContext;
  readonly #batches: RuleBatches;
  /** Series of rules that are gone: they end with the next iteration. */
  #ending: Labels[] = [];

  /** @param restores whether alerts of before are looked for in ALERTS_FOR_STATE before anything is written there */
  constructor(definition: GroupDefinition, context: GroupContext, restores: boolean) {
    this.definition = definition;
    this.#context = context;
    this.rules = definition.rules.map((rule) => newRuleState(rule, !restores || rule.kind === 'record'));
    this.#batches = batchesOf(
      definition.rules.map(({ kind, name, language, expr }) => ({
        kind,
        name,
        expr: language === 'promql' ? parse(expr, ALL_FEATURES) : undefined,
      })),
    );
  }

  /** Evaluates every rule once. Never rejects: what fails is in the state of its rule. */
  async evaluate(timeMs: number, nowMs: number): Promise<void> {
    const { elapsedMs } = this.#context;
    const started = elapsedMs();
    this.counts.iterations++;
    this.counts.samples = 0;
    for (const batch of this.#batches) {
      const begun = elapsedMs();
      await this.#evaluateBatch(
        batch.map((index) => ({ index, rule: this.rules[index] as RuleState })),
        timeMs,
      );
      const seconds = (elapsedMs() - begun) / 1000 / batch.length;
      for (const index of batch) {
        const rule = this.rules[index] as RuleState;
        rule.evaluationSeconds = seconds;
        rule.lastEvaluationMs = nowMs;
      }
    }
    await this.#endSeries(timeMs);
    this.lastEvaluationMs = nowMs;
    this.evaluationSeconds = (elapsedMs() - started) / 1000;
    this.lagSeconds = (nowMs - timeMs) / 1000 + this.evaluationSeconds;
  }

  async #evaluateBatch(
    batch: readonly { readonly index: number; readonly rule: RuleState }[],
    timeMs: number,
  ): Promise<void> {
    const dataMs = timeMs - this.definition.queryOffsetMs;
    const answers = await this.#ask(
      batch.map(({ rule }) => rule),
      dataMs,
    );
    const samples: RecordedSample[] = [];
    const written: { readonly rule: RuleState; readonly series: ReadonlyMap<string, Labels> }[] = [];
    for (const [i, { index, rule }] of batch.entries()) {
      const answer = answers[i] ?? { error: 'the query was not answered' };
      const outcome = hasFailed(answer) ? answer : await this.#outcome(rule, answer, timeMs, dataMs);
      this.counts.evaluations++;
      const error = 'error' in outcome ? outcome.error : '';
      rule.health = error === '' ? 'ok' : 'err';
      rule.lastError = error;
      if ('error' in outcome) this.counts.failures++;
      else {
        this.#takeOver(rule, outcome, timeMs);
        const series = new Map(outcome.samples.map(({ labels }) => [labelsKey(labels), labels]));
        samples.push(...outcome.samples, ...endsOf(rule.series, series, dataMs));
        written.push({ rule, series });
      }
      // Alerts of a rule that cannot be evaluated stay as they are, and stay told.
      if (rule.definition.kind === 'alert') this.#send(rule, timeMs);
      this.#context.blind.evaluated(this.#keyOf(index), this.#identity(rule), error, timeMs);
    }
    await this.#append(samples, written);
  }

  async #ask(rules: readonly RuleState[], dataMs: number): Promise<readonly RuleAnswer[]> {
    const { tenant, ports } = this.#context;
    try {
      return await ports.evaluate(
        tenant,
        rules.map(({ definition: { language, expr } }) => ({ language, expr })),
        dataMs,
      );
    } catch (error) {
      const failure = { error: messageOf(error) };
      return rules.map(() => failure);
    }
  }

  async #outcome(
    rule: RuleState,
    vector: readonly RuleSample[],
    timeMs: number,
    dataMs: number,
  ): Promise<RuleOutcome | { readonly error: string }> {
    const { tenant, ports, expand } = this.#context;
    const { language } = rule.definition;
    const evaluation: RuleEvaluation = {
      timeMs,
      dataMs,
      limit: this.definition.limit,
      expand,
      query: async (expr) => {
        const [answer] = await ports.evaluate(tenant, [{ language, expr }], dataMs);
        if (answer === undefined || hasFailed(answer)) throw new Error(answer?.error ?? 'the query was not answered');
        return answer;
      },
    };
    try {
      return rule.definition.kind === 'record'
        ? recordSeries(rule, vector, evaluation)
        : await updateAlerts(rule, vector, evaluation);
    } catch (error) {
      return { error: messageOf(error) };
    }
  }

  #takeOver(rule: RuleState, { active, changes, samples }: RuleOutcome, timeMs: number): void {
    rule.active = active;
    this.counts.samples += samples.length;
    if (changes.length === 0) return;
    const identity = this.#identity(rule);
    this.#context.ports.note(
      this.#context.tenant,
      changes.map((change) => ({ kind: 'state', timeMs, rule: identity, ...change })),
    );
  }

  /** Tells alerting of what it has to be told now. */
  #send(rule: RuleState, timeMs: number): void {
    const { resendDelayMs, ports, tenant, externalLabels, linkOf } = this.#context;
    const { language, expr } = rule.definition;
    const due = dueAlerts(rule.active, {
      timeMs,
      resendDelayMs,
      intervalMs: this.definition.intervalMs,
      externalLabels: externalLabels(),
      link: () => linkOf(language, expr),
    });
    if (due === undefined) return;
    rule.active = due.active;
    ports.alerts(tenant, due.alerts);
  }

  async #append(
    samples: readonly RecordedSample[],
    written: readonly { readonly rule: RuleState; readonly series: ReadonlyMap<string, Labels> }[],
  ): Promise<void> {
    if (samples.length > 0) {
      try {
        await this.#context.ports.append(this.#context.tenant, samples);
      } catch (error) {
        for (const { rule, series } of written) {
          if (series.size === 0) continue;
          rule.health = 'err';
          rule.lastError = `samples could not be stored: ${messageOf(error)}`;
          this.counts.failures++;
        }
        this.#context.warn('samples of rules could not be stored', { group: groupKey(this.definition), error });
        return;
      }
    }
    for (const { rule, series } of written) rule.series = series;
  }

  /** Ends the series of rules that are not configured any more. */
  async #endSeries(timeMs: number): Promise<void> {
    if (this.#ending.length === 0) return;
    const written = new Set(this.rules.flatMap(({ series }) => [...series.keys()]));
    const dataMs = timeMs - this.definition.queryOffsetMs;
    const ends = this.#ending
      .filter((labels) => !written.has(labelsKey(labels)))
      .map((labels) => staleAt(labels, dataMs));
    try {
      if (ends.length > 0) await this.#context.ports.append(this.#context.tenant, ends);
      this.#ending = [];
    } catch (error) {
      this.#context.warn('series of rules that are gone could not be ended', {
        group: groupKey(this.definition),
        error,
      });
    }
  }

  /** Whether alerts of before a restart are still to be looked for. */
  get awaitsRestore(): boolean {
    return this.rules.some(({ restored }) => !restored);
  }

  /** Continues alerts of before a restart: upstream's RestoreForState. A rule that cannot be asked for is asked for again. */
  async restore(nowMs: number): Promise<void> {
    const { tenant, ports, elapsedMs, warn } = this.#context;
    const started = elapsedMs();
    const range = { fromMs: nowMs - RESTORE_BOUNDS.outageToleranceMs, toMs: nowMs };
    // Nothing was written since the restart, which is some iterations ago.
    const sinceStartMs = this.counts.iterations * this.definition.intervalMs;
    const bounds = { ...RESTORE_BOUNDS, restartMs: RESTORE_BOUNDS.restartMs + sinceStartMs };
    for (const rule of this.rules) {
      if (rule.restored || rule.health !== 'ok') continue;
      try {
        if (rule.active.size > 0) {
          const stored = await ports.lastSamples(tenant, forStateMatchers(rule.definition), range);
          rule.active = restoredAlerts(rule.active, stored, rule.definition.forMs, nowMs, bounds);
        }
        rule.restored = true;
      } catch (error) {
        warn('alerts of before the restart could not be looked for; it is tried again', {
          rule: rule.definition.name,
          error,
        });
      }
    }
    this.restoreSeconds = (elapsedMs() - started) / 1000;
  }

  /** Goes on where a group of an earlier configuration stopped: upstream's CopyState. */
  takeStateOf(from: RuleGroup): void {
    this.lastEvaluationMs = from.lastEvaluationMs;
    this.evaluationSeconds = from.evaluationSeconds;
    Object.assign(this.counts, from.counts);
    const left = Map.groupBy(from.rules, ({ definition }) => ruleText(definition));
    for (const rule of this.rules) {
      const earlier = left.get(ruleText(rule.definition))?.shift();
      if (earlier === undefined) continue;
      rule.series = earlier.series;
      if (earlier.definition.kind !== rule.definition.kind) continue;
      rule.active = earlier.active;
      rule.restored = earlier.restored;
    }
    this.#ending = [...from.#ending, ...[...left.values()].flat().flatMap(({ series }) => [...series.values()])];
    from.forget();
  }

  /** Every series of its rules, for when all of them end. */
  allSeries(): readonly Labels[] {
    return [...this.#ending, ...this.rules.flatMap(({ series }) => [...series.values()])];
  }

  /** Its rules are blind no more, because they are gone. */
  forget(): void {
    for (const index of this.rules.keys()) this.#context.blind.forget(this.#keyOf(index));
  }

  #identity({ definition }: RuleState): RuleIdentity {
    return { file: this.definition.file, group: this.definition.name, rule: definition.name };
  }

  #keyOf(index: number): string {
    return `${groupKey(this.definition)};${index}`;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A marker that a series ends. */
export const staleAt = (labels: Labels, timeMs: number): RecordedSample => ({
  labels,
  timeMs,
  value: Number.NaN,
  stale: true,
});

function endsOf(
  before: ReadonlyMap<string, Labels>,
  now: ReadonlyMap<string, Labels>,
  timeMs: number,
): RecordedSample[] {
  return [...before].flatMap(([key, labels]) => (now.has(key) ? [] : [staleAt(labels, timeMs)]));
}
