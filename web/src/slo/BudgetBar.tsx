import type { BudgetState } from './budgetState.ts';

interface Props {
  /** Share that is left, 1 at most. */
  readonly remaining: number | null;
  readonly state: BudgetState;
}

/** What is left of a budget as a bar; a figure stands beside it, so it is hidden from screen readers. */
export function BudgetBar({ remaining, state }: Props) {
  const width = Math.max(0, Math.min(1, remaining ?? 0)) * 100;
  return (
    <span className="budget-bar" data-budget={state} aria-hidden>
      <span style={{ width: `${width}%` }} />
    </span>
  );
}
