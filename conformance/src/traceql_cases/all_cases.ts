import { COMPARISONS } from './cases/comparisons.ts';
import { INTRINSICS } from './cases/intrinsics.ts';
import { METRICS } from './cases/metrics.ts';
import { PIPELINES } from './cases/pipelines.ts';
import { REFUSED } from './cases/refused.ts';
import { SCOPES } from './cases/scopes.ts';
import { FOUND, SELECTION } from './cases/selection.ts';
import { STRUCTURE } from './cases/structure.ts';
import { VALUES } from './cases/values.ts';
import type { Chapter } from './trace_case.ts';

/** All cases, by the section of Tempo's documentation whose rules they show. */
export const CHAPTERS: Readonly<Record<string, Chapter>> = {
  'construct-traceql-queries: comparison operators, field expressions, nil': COMPARISONS,
  'construct-traceql-queries: attribute fields and scopes': SCOPES,
  'construct-traceql-queries: intrinsic fields': INTRINSICS,
  'construct-traceql-queries: combine spansets, structural operators': STRUCTURE,
  'construct-traceql-queries: aggregators, grouping, arithmetic': PIPELINES,
  'construct-traceql-queries: values, types, quoted names': VALUES,
  'construct-traceql-queries: select': SELECTION,
  'construct-traceql-queries: attributes of spansets': FOUND,
  'metrics-queries: functions': METRICS,
  'construct-traceql-queries: what is refused': REFUSED,
};
