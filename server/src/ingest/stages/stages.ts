import type { Interner } from '../../model/ingest.ts';
import { serviceOf } from '../../model/service.ts';
import type { Stages } from '../../model/stages.ts';
import type { SamplingSettings } from '../spans/settings.ts';
import type { SpanStage } from '../spans/span_stage.ts';
import { BUILT_IN_RULES } from './masking/finding.ts';
import { createMasker, type Masker } from './masking/masker.ts';
import { maskingInterner } from './masking_interner.ts';
import { maskLogs, maskSpans } from './masking_stage.ts';
import { createNoiseControl, type NoiseRule } from './noise.ts';
import { PatternCounts } from './pattern_counts.ts';
import type { MaskingSettings } from './settings.ts';
import { type StageCounts, StageTally } from './tally.ts';

/** What the stages of ingest do; plain data. */
export interface StageSettings {
  readonly masking: MaskingSettings;
  readonly noise: readonly NoiseRule[];
  /** Whether the patterns of lines are counted. */
  readonly patterns: boolean;
  readonly sampling: SamplingSettings;
}

/** The stages of a decode worker. One request is decoded at a time. */
export interface StageSet {
  /** Call before each request: `nowMs` is its time of arrival, ms. */
  beginRequest(nowMs: number): void;
  /** What the stages did to the request; undefined when nothing. */
  takeCounts(): StageCounts | undefined;
  /** Text for people or logs that may repeat what a request held, masked. */
  maskText(text: string): string;
  /** The stages of one tenant: what runs over its rows, and its interners, whose label values are masked first. */
  ofTenant(series: Interner, streams: Interner, spans?: SpanStage): TenantStages;
  /** Decides about traces that have waited long enough, or about these. */
  decide(spans: SpanStage, traces?: ReadonlySet<string>): void;
}

export interface TenantStages {
  readonly rows: Stages;
  readonly series: Interner;
  readonly streams: Interner;
  /** Rows that were made may not have been stored. */
  notStored(): void;
}

/** The masker of a section of the configuration; undefined when nothing is masked. Throws MaskingRuleError. */
export function maskerOf(
  { enabled, rules, patterns }: MaskingSettings,
  without: readonly string[] = [],
): Masker | undefined {
  if (!enabled) return undefined;
  const builtIn = new Set(BUILT_IN_RULES.filter((rule) => rules[rule] && !without.includes(rule)));
  return builtIn.size === 0 && patterns.length === 0 ? undefined : createMasker({ builtIn, patterns });
}

/** The name a rule has that is only tried. */
export const TEST_RULE = 'test';

/** All rules of masking, in force or not. */
export function maskingRuleNames({
  enabled,
  rules,
  patterns,
}: MaskingSettings): readonly { readonly name: string; readonly builtIn: boolean; readonly enabled: boolean }[] {
  return [
    ...BUILT_IN_RULES.map((name) => ({ name, builtIn: true, enabled: enabled && rules[name] })),
    ...patterns.map(({ name }) => ({ name, builtIn: false, enabled })),
  ];
}

/** Throws MaskingRuleError and NoiseRuleError. */
export function createStages({ masking, noise, patterns }: StageSettings): StageSet {
  const masker = maskerOf(masking);
  // Two series that only an address tells apart would become one, and their samples repetitions.
  const seriesMasker = maskerOf(masking, ['email']);
  const control = noise.length === 0 ? undefined : createNoiseControl(noise);
  const tally = new StageTally();
  let nowMs = 0;
  const masked = (rule: string, service: string): void => tally.masked(rule, service);
  const interner = (inner: Interner, by: Masker | undefined): Interner =>
    by === undefined ? inner : maskingInterner(inner, by, (rule, labels) => tally.masked(rule, serviceOf(labels)));
  return {
    beginRequest(arrivalMs) {
      nowMs = arrivalMs;
      // A request that could not be decoded left counts behind.
      tally.take();
    },
    takeCounts: () => tally.take(),
    maskText: (text) => masker?.text(text) ?? text,
    decide(spans, traces) {
      if (traces === undefined) spans.tail.decideDue(nowMs, tally);
      else spans.tail.decide(traces, tally);
    },
    ofTenant(series, streams, spanStage) {
      const counts = patterns ? new PatternCounts() : undefined;
      return {
        series: interner(series, seriesMasker),
        streams: interner(streams, masker),
        notStored: () => counts?.forget(),
        rows: {
          logs(rows, day) {
            control?.apply(rows, nowMs, (rule, lines, bytes) => tally.dropped(rule, lines, bytes));
            if (masker !== undefined) maskLogs(masker, rows, masked);
            return counts?.sections(rows, day) ?? [];
          },
          spans(rows) {
            if (masker !== undefined) maskSpans(masker, rows, masked);
            return spanStage?.run(rows, nowMs, tally) ?? [];
          },
        },
      };
    },
  };
}
