import { type AttributeIndex, attributeOf } from './attributeIndex.ts';
import { type CriticalPath, criticalTimeOf } from './criticalPath.ts';
import { operationOf, type SpanTable, serviceOf } from './spanTable.ts';

/** By what spans are put together: their service, service and operation, or the value of an attribute. */
export type Grouping =
  | { readonly by: 'service' }
  | { readonly by: 'operation' }
  | { readonly by: 'attribute'; readonly name: string; readonly attributes: AttributeIndex };

export interface SpanStatistics {
  readonly key: string;
  readonly service: string;
  /** Empty when put together by service. */
  readonly name: string;
  readonly spans: number;
  readonly failures: number;
  /** Durations and own times of the spans together, and the time on the critical path; ns. */
  readonly totalNs: number;
  readonly selfNs: number;
  readonly criticalNs: number;
  readonly shortestNs: number;
  readonly longestNs: number;
}

type Tally = { -readonly [key in keyof SpanStatistics]: SpanStatistics[key] };

/** Figures of groups of spans, those with the most time of their own first. Spans without the attribute are left out. */
export function statisticsOf(table: SpanTable, critical: CriticalPath, grouping: Grouping): readonly SpanStatistics[] {
  const groups = new Map<string, Tally>();
  const attribute = grouping.by === 'attribute' ? grouping.attributes.names.indexOf(grouping.name) : -1;
  for (let row = 0; row < table.count; row += 1) {
    const service = grouping.by === 'attribute' ? '' : serviceOf(table, row);
    const name = nameOf(table, row, grouping, attribute);
    if (name === undefined) continue;
    const key = `${service}\u0000${name}`;
    let tally = groups.get(key);
    if (tally === undefined) {
      tally = {
        key,
        service,
        name,
        spans: 0,
        failures: 0,
        totalNs: 0,
        selfNs: 0,
        criticalNs: 0,
        shortestNs: Number.POSITIVE_INFINITY,
        longestNs: 0,
      };
      groups.set(key, tally);
    }
    const duration = table.duration[row] ?? 0;
    tally.spans += 1;
    tally.failures += table.failed[row] ?? 0;
    tally.totalNs += duration;
    tally.selfNs += table.self[row] ?? 0;
    tally.criticalNs += criticalTimeOf(critical, row);
    tally.shortestNs = Math.min(tally.shortestNs, duration);
    tally.longestNs = Math.max(tally.longestNs, duration);
  }
  return [...groups.values()].sort((a, b) => b.selfNs - a.selfNs || (a.key < b.key ? -1 : 1));
}

/** What a row is put together by; undefined when it has no such attribute. */
function nameOf(table: SpanTable, row: number, grouping: Grouping, attribute: number): string | undefined {
  if (grouping.by === 'service') return '';
  return grouping.by === 'operation' ? operationOf(table, row) : attributeOf(grouping.attributes, row, attribute);
}
