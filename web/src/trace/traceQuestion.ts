import type { TraceColumnsAnswer } from '@trilith/contract';
import { traceIdIn } from '../app/pasted.ts';
import { fetchTraceColumns } from '../data/trace.ts';
import type { Question } from '../states/useAnswer.ts';

/** The traces that the last part of a trace's address names: one, or two as Jaeger compares them (`a...b`). */
export function tracesNamed(part: string): { readonly traceId: string; readonly against: string | null } {
  const [first = '', second] = part.split('...');
  return { traceId: traceIdIn(first) ?? first, against: second ?? null };
}

/** The question for the shape of a trace. */
export function columnsQuestion(traceId: string): Question<TraceColumnsAnswer> {
  return { subject: ['trace', traceId], at: [], ask: (signal) => fetchTraceColumns(traceId, signal) };
}
