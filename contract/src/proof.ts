import * as v from 'valibot';
import { epochMs } from './units.ts';

/** Why a rule's page might not arrive. */
const doubt = v.object({
  kind: v.picklist(['evaluation', 'series', 'receiver', 'delivery', 'never_fired', 'runbook']),
  text: v.string(),
});

const ruleProof = v.object({
  rule: v.object({ file: v.string(), group: v.string(), rule: v.string() }),
  severity: v.string(),
  /** `broken`: it would not arrive. `unproven`: nothing says it would. `proven`: it fired and was taken. */
  verdict: v.picklist(['broken', 'unproven', 'proven']),
  /** The last time it fired, within 13 months. */
  lastFiring: v.nullable(v.object({ atMs: epochMs, isDrill: v.boolean() })),
  /**
   * Selectors the rule cannot fire without, and how much each finds: series now (PromQL), lines of the last hour or of the
   * stretch the rule looks at, if that is longer (LogQL); null where that is not known.
   */
  series: v.array(
    v.object({ language: v.picklist(['promql', 'logql']), selector: v.string(), count: v.nullable(v.number()) }),
  ),
  /** Whom it is told to. */
  receivers: v.array(
    v.object({
      receiver: v.string(),
      /** Those that reach somebody now. */
      integrations: v.array(v.string()),
      /** The last notification of any alert that was taken, within 30 days. */
      lastAcceptedMs: v.nullable(epochMs),
      /** Why the last attempt failed; empty when it did not. */
      lastError: v.string(),
    }),
  ),
  runbook: v.object({
    address: v.string(),
    /** Null where it was not asked. */
    opens: v.nullable(v.boolean()),
    error: v.string(),
  }),
  doubts: v.array(doubt),
});
export type RuleProof = v.InferOutput<typeof ruleProof>;

/** `GET /api/alerts/proof`: alerting rules that page (all of them with `all=1`), broken ones first. */
export const proofAnswer = v.object({ rules: v.array(ruleProof) });
export type ProofAnswer = v.InferOutput<typeof proofAnswer>;
