import type { RuleView } from './shadow_rule.ts';

/** What makes a rule true, and the rule under it. */
export interface Stimulus {
  /** Looks take no time: each is an evaluation later in a time of its own. */
  readonly isVirtual: boolean;
  /** For how long the condition has to hold here, ms. */
  readonly forMs: number;
  /** Between two looks, ms. */
  readonly everyMs: number;
  /** Makes the rule's condition true; what was done. Rejects with Error. */
  begin(): Promise<string>;
  /** The next evaluation. Never rejects. */
  look(): Promise<RuleView>;
  /** Takes back what `begin` did. Rejects with Error. */
  end(): Promise<string>;
}
