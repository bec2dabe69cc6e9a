import type { Grouping, LabelFilter, Stage, Unwrap } from '@trilith/lang/logql';

function ofFilter(filter: LabelFilter, names: Set<string>): void {
  switch (filter.kind) {
    case 'and':
    case 'or':
      ofFilter(filter.left, names);
      ofFilter(filter.right, names);
      break;
    case 'match':
      names.add(filter.matcher.name);
      break;
    default:
      names.add(filter.name);
  }
}

/** The label names a pipeline, an unwrap and groupings read: what may have to come from a record's resource. */
export function referencedNames(
  stages: readonly Stage[],
  unwrap?: Unwrap,
  groupings: readonly (Grouping | undefined)[] = [],
): Set<string> {
  const names = new Set<string>();
  for (const stage of stages) {
    if (stage.kind === 'label_filter') ofFilter(stage.filter, names);
    else if (stage.kind === 'line_format') templateNames(stage.template, names);
    else if (stage.kind === 'label_format') {
      for (const format of stage.formats) {
        if (format.kind === 'rename') names.add(format.from);
        else templateNames(format.template, names);
      }
    }
  }
  if (unwrap !== undefined) {
    names.add(unwrap.label);
    for (const filter of unwrap.filters) ofFilter(filter, names);
  }
  for (const grouping of groupings)
    if (grouping !== undefined && !grouping.without) for (const name of grouping.labels) names.add(name);
  return names;
}

function templateNames(template: string, names: Set<string>): void {
  for (const [, name = ''] of template.matchAll(/\.([A-Za-z_][A-Za-z0-9_]*)/g)) names.add(name);
}
