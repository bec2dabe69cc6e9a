import type { Grouping, RangeAggregation, Stage } from '@trilith/lang/logql';
import { referencedNames } from './referenced_names.ts';

/** The names of labels that anything later in a query can see; undefined: all. */
export type NeededNames = ReadonlySet<string> | undefined;

/**
 * The names that parsers need to extract: where a grouping chooses the labels of the series, only those of the grouping and
 * those that stages read. Without such a grouping every label is part of a series' identity.
 * @param groupings from the inside out; null stands for a grouping by nothing
 */
export function neededNames(
  { range }: RangeAggregation,
  groupings: readonly (Grouping | null)[],
  wanted: readonly string[],
): NeededNames {
  const [first] = groupings;
  if (first === undefined || first?.without === true || range.log.stages.some(readsAllLabels)) return undefined;
  const asked = groupings.map((grouping) => grouping ?? undefined);
  const names = referencedNames(range.log.stages, range.unwrap, asked);
  for (const name of wanted) names.add(name);
  // What a parser finds under the name of a stream label goes to <name>_extracted.
  for (const name of [...names]) if (name.endsWith('_extracted')) names.add(name.slice(0, -'_extracted'.length));
  return names;
}

/** The dot or `$` on its own: a template may look at any label then. */
const WHOLE_DOT = /[\s({|]\.[\s)}|]|\$/;

/** Whether a template of a stage may look at any label. */
export function readsAllLabels(stage: Stage): boolean {
  if (stage.kind === 'line_format') return WHOLE_DOT.test(stage.template);
  if (stage.kind !== 'label_format') return false;
  return stage.formats.some((format) => format.kind === 'template' && WHOLE_DOT.test(format.template));
}
