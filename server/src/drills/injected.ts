import { parse as parseLogql } from '@trilith/lang/logql';
import { ALL_FEATURES, parse, walk } from '@trilith/lang/promql';
import { labelsFrom } from '../model/labels.ts';
import { evaluateMetric, foldSum, memorySource } from '../query/index.ts';
import {
  answerOfQuery,
  createTestMemory,
  type GroupDefinition,
  parseSeriesLine,
  type RuleAnswer,
  type RuleDefinition,
  type RuleQuery,
  type TestFeatures,
} from '../rules/index.ts';
import type { DrillCause, InjectedLines } from './drill_file.ts';
import type { LoadedRule, RuleView, ShadowOptions } from './shadow_rule.ts';
import { shadowRule } from './shadow_rule.ts';
import type { Stimulus } from './stimulus.ts';

type Injected = Extract<DrillCause, { kind: 'inject' }>;

/** Points of the longest series, lines injected in all, and rules that the drilled one may read. */
const MOST_POINTS = 20_000;
const MOST_LINES = 200_000;
const MOST_BEFORE = 50;
/** How long after its telemetry has ended an alert may still go on, ms. */
const AFTER_END_MS = 6 * 3_600_000;
const NS_PER_MS = 1_000_000n;

export interface InjectedOptions extends Omit<ShadowOptions, 'forMs' | 'before' | 'evaluate' | 'append'> {
  /** Where the injected telemetry ends, ms. */
  readonly nowMs: number;
  /** What of PromQL is on. */
  readonly features: TestFeatures;
  /** Everything that is loaded: rules that record what the drilled one reads are evaluated before it. */
  readonly groups: readonly GroupDefinition[];
}

/**
 * The loaded rule over injected telemetry, in a memory of its own and in virtual time: one look is one evaluation, and none
 * waits. Throws Error for telemetry that cannot be read.
 */
export function injectedStimulus(loaded: LoadedRule, cause: Injected, options: InjectedOptions): Stimulus {
  const { intervalMs } = cause;
  const points = [
    ...cause.series.map(({ series, values }) => `${series} ${values}`),
    ...cause.logs.map(countsLine),
  ].map((line) => parseSeriesLine(line).points.length);
  const most = Math.max(...points);
  if (most > MOST_POINTS) throw new Error(`a series of ${most} points is longer than ${MOST_POINTS}`);
  const spanMs = (most - 1) * intervalMs;
  const startMs = options.nowMs - spanMs;
  const memory = createTestMemory({ inputSeries: cause.series, startMs, intervalMs }, intervalMs, options.features);
  const logs = logsInMemory(cause.logs, startMs, intervalMs);
  const evaluate = (queries: readonly RuleQuery[], timeMs: number): Promise<RuleAnswer[]> =>
    Promise.all(
      queries.map(async ({ language, expr }): Promise<RuleAnswer> => {
        try {
          return language === 'promql' ? answerOfQuery(await memory.query(expr, timeMs)) : await logs(expr, timeMs);
        } catch (error) {
          return { error: error instanceof Error ? error.message : String(error) };
        }
      }),
    );
  const shadow = shadowRule(loaded, {
    ...options,
    forMs: loaded.rule.forMs,
    before: recordedFor(loaded.rule, options.groups),
    evaluate,
    append: async (samples) => memory.append(samples),
  });
  let timeMs = startMs - intervalMs;
  const lastMs = options.nowMs + loaded.rule.forMs + loaded.rule.keepFiringForMs + AFTER_END_MS;
  return {
    isVirtual: true,
    forMs: loaded.rule.forMs,
    everyMs: 0,
    async begin() {
      return `${cause.series.length + cause.logs.length} series and streams are injected, a point every ${intervalMs / 1000} s`;
    },
    async look(): Promise<RuleView> {
      timeMs += intervalMs;
      memory.loadTill(timeMs);
      return { ...(await shadow.look(timeMs)), isOver: timeMs >= lastMs };
    },
    async end() {
      return 'the injected telemetry ends';
    },
  };
}

/** Rules that record what a rule reads, and what these read, in the order of their groups. */
function recordedFor(rule: RuleDefinition, groups: readonly GroupDefinition[]): RuleDefinition[] {
  const recording = groups.flatMap(({ rules }) => rules.filter(({ kind }) => kind === 'record'));
  const names = new Set<string>();
  const visit = ({ language, expr }: RuleDefinition): void => {
    for (const name of language === 'promql' ? metricsOf(expr) : []) {
      if (names.has(name) || names.size >= MOST_BEFORE) continue;
      const found = recording.filter((one) => one.name === name);
      if (found.length > 0) names.add(name);
      found.forEach(visit);
    }
  };
  visit(rule);
  return recording.filter(({ name }) => names.has(name));
}

function metricsOf(expr: string): string[] {
  const names: string[] = [];
  walk(parse(expr, ALL_FEATURES), (node) => {
    if (node.kind === 'vector-selector') names.push(node.name ?? '');
  });
  return names;
}

const countsLine = ({ counts }: InjectedLines): string => `counts ${counts}`;

/** Evaluates LogQL over injected lines: those of an interval lie evenly in it. */
function logsInMemory(
  injected: readonly InjectedLines[],
  startMs: number,
  intervalMs: number,
): (expr: string, timeMs: number) => Promise<RuleAnswer> {
  let lines = 0;
  const source = memorySource(
    injected.map((one) => ({
      labels: labelsFrom(one.stream),
      records: parseSeriesLine(countsLine(one)).points.flatMap((point, i) => {
        const count = point.kind === 'value' ? Math.max(0, Math.floor(point.value)) : 0;
        lines += count;
        if (lines > MOST_LINES) throw new Error(`more than ${MOST_LINES} lines are injected`);
        return Array.from({ length: count }, (_, at) => ({
          timeNs: BigInt(Math.floor(startMs + i * intervalMs - (at * intervalMs) / count)) * NS_PER_MS,
          line: one.line,
          metadata: [],
        }));
      }),
    })),
  );
  return async (expr, timeMs) => {
    const query = parseLogql(expr);
    if (query.kind === 'log' || query.kind === 'variants') return { error: 'rule result is not a vector or scalar' };
    const startNs = BigInt(timeMs) * NS_PER_MS;
    const value = await evaluateMetric(query, {
      source,
      steps: { startNs, stepNs: NS_PER_MS, count: 1, instant: true },
      limits: { maxSeries: 10_000, maxSamples: MOST_LINES },
      rules: [foldSum],
    });
    if (value.kind === 'scalar') return [{ labels: [], value: value.value }];
    return value.series
      .filter(({ present }) => present[0] === 1)
      .map(({ labels, values }) => ({ labels, value: values[0] ?? Number.NaN }));
  };
}
