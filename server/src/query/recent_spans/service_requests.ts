import type { NsRange, ServiceSpans } from '../../store/index.ts';
import { FieldLabels, labelReader } from './field_labels.ts';
import { inTurns } from './in_turns.ts';
import { LabelGroups } from './label_groups.ts';
import { nearestRank } from './nearest_rank.ts';
import { compileTest, isRoot } from './slice_test.ts';
import type { SpanSlice } from './span_slice.ts';
import { stretchReader } from './span_stretches.ts';

export interface ServiceSpansRequest extends NsRange {
  readonly service?: string;
  readonly byOperation: boolean;
  readonly stepNs?: bigint;
}

interface Requests {
  weight: number;
  failed: number;
  readonly durations: number[];
  readonly weights: number[];
  lastNs: bigint;
}

/** As many as the store names. */
const MOST_ROWS = 20_000;

/** Requests that services answered (store/reads/spans.ts: readServiceSpans), quantiles by nearest rank. */
export async function recentServiceSpans(
  slices: readonly SpanSlice[],
  { startNs, endNs, service, byOperation, stepNs = endNs - startNs }: ServiceSpansRequest,
  signal?: AbortSignal,
): Promise<ServiceSpans[]> {
  if (endNs <= startNs) return [];
  const stretches = Number((endNs - startNs + stepNs - 1n) / stepNs);
  const bucketOf = stretchReader({ originNs: startNs - 1n, widthNs: stepNs, stretches }, startNs, endNs);
  const [services, operations] = [new FieldLabels(), new FieldLabels()];
  const groups = new LabelGroups(byOperation ? [services, operations] : [services]);
  const found = new Map<number, Requests>();
  for await (const slice of inTurns(slices, signal)) {
    const ofService = labelReader(slice, { kind: 'column', column: 'ServiceName' }, services);
    const readers = byOperation
      ? [ofService, labelReader(slice, { kind: 'column', column: 'SpanName' }, operations)]
      : [ofService];
    const isAsked =
      service === undefined
        ? () => true
        : compileTest(slice, { kind: 'column', column: 'ServiceName', test: { kind: 'in', values: [service] } });
    for (let row = 0; row < slice.rows; row++) {
      const bucket = bucketOf(slice, row);
      if (bucket < 0 || slice.repeats.has(row) || !isAsked(row)) continue;
      const { kind, status, weight } = slice.form(slice.forms.at(row));
      if (kind !== 'Server' && kind !== 'Consumer' && !isRoot(slice, row)) continue;
      const key = groups.of(readers, row) * stretches + bucket;
      let one = found.get(key);
      if (one === undefined) {
        one = { weight: 0, failed: 0, durations: [], weights: [], lastNs: 0n };
        found.set(key, one);
      }
      one.weight += weight;
      if (status === 'Error') one.failed += weight;
      one.durations.push(slice.durations[row] as number);
      one.weights.push(Math.max(1, Math.round(weight)));
      const start = slice.startNs(row);
      if (start > one.lastNs) one.lastNs = start;
    }
  }
  const rows = Array.from(found, ([key, { weight, failed, durations, weights, lastNs }]): ServiceSpans => {
    const [name, operation] = groups.labels(Math.floor(key / stretches));
    const [p50 = 0, p95 = 0, p99 = 0] = nearestRank(durations, [0.5, 0.95, 0.99], weights);
    return {
      service: name?.[1] ?? '',
      operation: operation?.[1] ?? '',
      bucket: key % stretches,
      requests: weight,
      errors: failed,
      p50Ms: p50 / 1e6,
      p95Ms: p95 / 1e6,
      p99Ms: p99 / 1e6,
      lastNs,
    };
  });
  return rows.sort((a, b) => b.requests - a.requests).slice(0, MOST_ROWS);
}
