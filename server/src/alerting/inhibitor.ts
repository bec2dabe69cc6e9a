import { DRILL_LABEL } from '../model/alert.ts';
import { type Labels, labelValue } from '../model/labels.ts';
import type { InhibitRule } from './config/types.ts';
import { type HeldAlert, isResolved } from './held_alert.ts';
import { matchesAll } from './matchers/matcher.ts';
import { rememberedBy } from './matchers/remembered.ts';

/** Which alerts are not worth telling because another one fires (inhibit/inhibit.go). */
export interface Inhibitor {
  /** Takes up an alert, or what is newly known of it. One of a drill holds no other back: what it says is not so. */
  learn(alert: HeldAlert): void;
  /** The fingerprint of an alert that inhibits one with these labels, or undefined. */
  by(labels: Labels, nowMs: number): string | undefined;
  /** Lets go of alerts that are over. */
  collect(nowMs: number): void;
}

/** Sources of a rule: by what the labels of `equal` are, then by fingerprint. */
type Sources = Map<string, Map<string, HeldAlert>>;

interface Held {
  readonly rule: InhibitRule;
  readonly isSource: (labels: Labels) => boolean;
  readonly isTarget: (labels: Labels) => boolean;
  readonly sources: Sources;
}

export function createInhibitor(rules: readonly InhibitRule[]): Inhibitor {
  const all = rules.map(
    (rule): Held => ({
      rule,
      isSource: rememberedBy(rule.source, (labels) => matchesAll(rule.source, labels)),
      isTarget: rememberedBy(rule.target, (labels) => matchesAll(rule.target, labels)),
      sources: new Map(),
    }),
  );
  return {
    learn(alert) {
      if (labelValue(alert.labels, DRILL_LABEL) !== '') return;
      for (const { rule, isSource, sources } of all) {
        if (!isSource(alert.labels)) continue;
        const key = equalKey(rule, alert.labels);
        const alike = sources.get(key) ?? new Map<string, HeldAlert>();
        sources.set(key, alike.set(alert.fingerprint, alert));
      }
    },
    by(labels, nowMs) {
      for (const held of all) {
        if (!held.isTarget(labels)) continue;
        const source = inhibiting(held, labels, nowMs);
        if (source !== undefined) return source;
      }
      return undefined;
    },
    collect(nowMs) {
      for (const { sources } of all) {
        for (const [key, alike] of sources) {
          for (const [fingerprint, alert] of alike) if (isResolved(alert, nowMs)) alike.delete(fingerprint);
          if (alike.size === 0) sources.delete(key);
        }
      }
    },
  };
}

function equalKey(rule: InhibitRule, labels: Labels): string {
  return rule.equal.map((name) => labelValue(labels, name)).join('\u0000');
}

/** An alert on both sides of a rule is not inhibited by others that are: they would silence one another. */
function inhibiting({ rule, isSource, isTarget, sources }: Held, labels: Labels, nowMs: number): string | undefined {
  const alike = sources.get(equalKey(rule, labels));
  if (alike === undefined) return undefined;
  const isBoth = isSource(labels);
  for (const [fingerprint, source] of alike) {
    if (isResolved(source, nowMs)) continue;
    if (!isBoth || !isTarget(source.labels)) return fingerprint;
  }
  return undefined;
}
