import type { SignalsView } from './useSignalsView.ts';

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** The LogQL of a service's lines; the conditions of the view come as stages behind the selector. */
export function linesQuery(
  service: string,
  { errorsOnly, words, traceId }: Pick<SignalsView, 'errorsOnly' | 'words' | 'traceId'>,
): string {
  return [
    `{service=${JSON.stringify(service)}}`,
    ...words
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word) => `|~ ${JSON.stringify(`(?i)${literal(word)}`)}`),
    ...(errorsOnly ? ['| level=~"ERROR|CRITICAL|FATAL"'] : []),
    ...(traceId === '' ? [] : [`| trace_id=${JSON.stringify(traceId)}`]),
  ].join(' ');
}

/** The TraceQL of a service's traces. */
export function tracesQuery(service: string, { errorsOnly }: Pick<SignalsView, 'errorsOnly'>): string {
  const own = `resource.service.name = ${JSON.stringify(service)}`;
  return errorsOnly ? `{ ${own} && status = error }` : `{ ${own} }`;
}
