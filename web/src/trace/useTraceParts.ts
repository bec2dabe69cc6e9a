import type { LogRecord } from '@trilith/contract';
import { useMemo } from 'react';
import { fetchTraceAttributes, fetchTraceLogs, fetchTraceUsual } from '../data/trace.ts';
import { type Answer, useAnswer } from '../states/useAnswer.ts';
import { type AttributeIndex, attributeIndex } from './attributeIndex.ts';
import type { SpanTable } from './spanTable.ts';
import { type UsualIndex, usualIndex } from './usual.ts';

export interface TraceParts {
  readonly logs: readonly LogRecord[];
  readonly logsMore: boolean;
  readonly logsFailure: Answer<unknown>['failure'];
  /** Null until they are wanted and have come. */
  readonly attributes: AttributeIndex | null;
  readonly attributesLoading: boolean;
  readonly usual: UsualIndex | null;
}

const noLogs: readonly LogRecord[] = [];

/** What comes after the shape of a trace: its log lines, its attributes when they are wanted, what is usual. */
export function useTraceParts(table: SpanTable, attributesWanted: boolean): TraceParts {
  const { traceId } = table;
  const fromMs = Number(table.startNs / 1_000_000n);
  const range = { fromMs, toMs: fromMs + Math.ceil(table.durationNs / 1e6) + 1 };
  const logs = useAnswer({
    subject: ['trace-logs', traceId],
    at: [],
    ask: (signal) => fetchTraceLogs(traceId, range, signal),
  });
  const attributes = useAnswer({
    subject: ['trace-attributes', traceId],
    at: [],
    ask: (signal) => fetchTraceAttributes(traceId, signal),
    enabled: attributesWanted,
  });
  const usual = useAnswer({
    subject: ['trace-usual', traceId],
    at: [],
    ask: (signal) => fetchTraceUsual(traceId, signal),
  });
  const index = useMemo(
    () => (attributes.data === undefined ? null : attributeIndex(table, attributes.data)),
    [table, attributes.data],
  );
  const history = useMemo(() => (usual.data === undefined ? null : usualIndex(usual.data)), [usual.data]);
  return {
    logs: logs.data?.logs ?? noLogs,
    logsMore: logs.data?.more ?? false,
    logsFailure: logs.failure,
    attributes: index,
    attributesLoading: attributes.loading,
    usual: history,
  };
}
