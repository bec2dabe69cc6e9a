import { type PipelineStage, parse, TraceqlCheckError } from '@trilith/lang/traceql';

/** A TraceQL query that finds traces. */
export interface SearchQuery {
  readonly text: string;
  readonly stages: readonly PipelineStage[];
}

/** Reads a query that finds traces. @throws TraceqlError, also for one that makes series */
export function parseSearch(text: string): SearchQuery {
  const query = parse(text);
  if (query.kind === 'metrics')
    throw new TraceqlCheckError('a metrics query finds no traces: ask for it as metrics', query.span);
  return { text, stages: query.stages };
}
