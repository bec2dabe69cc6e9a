import type { SloSummary } from '@trilith/contract';

/** What a list of objectives can be grouped by. */
export const groupings = ['service', 'team'] as const;
export type Grouping = (typeof groupings)[number];

export function isGrouping(text: string | null): text is Grouping {
  return groupings.some((one) => one === text);
}

/** Objectives by service or team; groups and what is in them keep the order of the list. Those without a team are under ''. */
export function grouped<One extends Pick<SloSummary, 'service' | 'labels'>>(
  objectives: readonly One[],
  by: Grouping,
): readonly { readonly name: string; readonly objectives: readonly One[] }[] {
  const groups = Map.groupBy(objectives, ({ service, labels }) => (by === 'service' ? service : (labels.team ?? '')));
  return [...groups].map(([name, of]) => ({ name, objectives: of }));
}
