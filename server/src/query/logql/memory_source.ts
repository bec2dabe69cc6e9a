import type { Labels } from '../../model/labels.ts';
import { labelsKey } from '../../model/labels.ts';
import { compileMatcher } from './label_filter.ts';
import { type StreamLabels, streamLabels } from './row_labels.ts';
import type { LogBatch, LogSelection, LogSource } from './source.ts';

/** One record of a source in memory. */
export interface MemoryRecord {
  readonly timeNs: bigint;
  readonly line: string;
  /** Sorted by name. */
  readonly metadata: Labels;
}

export interface MemoryStream {
  readonly labels: Labels;
  readonly records: readonly MemoryRecord[];
}

const noVirtual = (): undefined => undefined;

/** A source over records in memory: for upstream scripts and as the reference the store is held against. */
export function memorySource(streams: readonly MemoryStream[]): LogSource {
  return {
    async *select(selection: LogSelection): AsyncGenerator<LogBatch> {
      const tests = selection.log.matchers.map((m) => ({ name: m.name, test: compileMatcher(m) }));
      const rows: { stream: StreamLabels; key: string; record: MemoryRecord }[] = [];
      for (const { labels, records } of streams) {
        const stream = streamLabels(labels);
        if (!tests.every(({ name, test }) => test(stream.byName.get(name) ?? ''))) continue;
        const key = labelsKey(labels);
        for (const record of records) {
          if (record.timeNs >= selection.startNs && record.timeNs < selection.endNs) rows.push({ stream, key, record });
        }
      }
      const sign = selection.direction === 'forward' ? 1 : -1;
      rows.sort((a, b) => sign * Number(a.record.timeNs - b.record.timeNs));
      yield batchOf(rows);
    },
  };
}

function batchOf(rows: readonly { stream: StreamLabels; key: string; record: MemoryRecord }[]): LogBatch {
  const row = (i: number): (typeof rows)[number] => {
    const found = rows[i];
    if (found === undefined) throw new RangeError(`row ${i} of ${rows.length}`);
    return found;
  };
  return {
    rows: rows.length,
    times: BigInt64Array.from(rows, (r) => r.record.timeNs),
    stream: (i) => row(i).stream,
    metadata: (i) => row(i).record.metadata,
    line: (i) => row(i).record.line,
    virtual: () => noVirtual,
    identity: (i) => `${row(i).key}\u0001${labelsKey(row(i).record.metadata)}\u0001${row(i).record.line}`,
  };
}
