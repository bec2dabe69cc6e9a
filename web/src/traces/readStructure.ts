import type { TraceSummary } from '@trilith/contract';
import { fetchTraceColumns } from '../data/trace.ts';
import { type SpanTable, spanTable } from '../trace/spanTable.ts';
import { type Structure, structureOf } from './structureTree.ts';

const mostTraces = 50;
/** Of all traces together: some 20 MB as columns. */
const mostSpans = 200_000;
/** A browser has six connections to a server; the page needs some. */
const atOnce = 3;

/** Which of the listed traces a structure is made of: in their order, as many as the bounds allow, one at least. */
export function tracesToRead(traces: readonly Pick<TraceSummary, 'traceId' | 'spans'>[]): readonly string[] {
  const chosen: string[] = [];
  let spans = 0;
  for (const trace of traces) {
    if (chosen.length >= mostTraces) break;
    if (chosen.length > 0 && spans + trace.spans > mostSpans) continue;
    chosen.push(trace.traceId);
    spans += trace.spans;
  }
  return chosen;
}

export interface ReadStructure {
  readonly structure: Structure;
  /** Traces that could not be read, and why the first could not. */
  readonly failures: number;
  readonly firstFailure: string;
  /** What answers said is missing from them, each text once. */
  readonly warnings: readonly string[];
}

/**
 * The structure of traces, read a few at a time. Those that cannot be read are told of.
 * @param onRead called with the number of traces read or given up
 * @throws what the first trace failed with, when none could be read; the abort
 */
export async function readStructure(
  traceIds: readonly string[],
  signal: AbortSignal,
  onRead: (done: number) => void,
): Promise<ReadStructure> {
  const tables: (SpanTable | null)[] = traceIds.map(() => null);
  const failures: unknown[] = [];
  const warnings = new Set<string>();
  const waiting = traceIds.entries();
  let done = 0;
  const reader = async (): Promise<void> => {
    for (const [at, traceId] of waiting) {
      try {
        const answer = await fetchTraceColumns(traceId, signal);
        for (const warning of answer.notes.warnings) warnings.add(warning);
        tables[at] = spanTable(answer);
      } catch (error) {
        signal.throwIfAborted();
        failures.push(error);
      }
      done += 1;
      onRead(done);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, reader));
  const read = tables.filter((table) => table !== null);
  if (read.length === 0 && failures.length > 0) throw failures[0];
  const [first] = failures;
  return {
    structure: structureOf(read),
    failures: failures.length,
    firstFailure: first instanceof Error ? first.message : '',
    warnings: [...warnings],
  };
}
