/** What an objective counted in one slot of five minutes. */
export interface SloFact {
  /** Id of the objective. */
  readonly objective: string;
  /** Labels of the series that was counted, as JSON; empty where the objective is counted as one. */
  readonly dimension: string;
  /** Where the slot ends, ms since the epoch. */
  readonly slotMs: number;
  /** Events, or what stands for them: rates and shares count as much in every slot. */
  readonly bad: number;
  readonly total: number;
}
