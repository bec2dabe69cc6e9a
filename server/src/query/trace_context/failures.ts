import type { StoredEvent, StoredSpan } from '../../store/index.ts';

/** An exception a span recorded, or a span that failed without one. */
export interface SpanFailure {
  readonly timeNs: bigint;
  readonly span: StoredSpan;
  /** `exception.type`; empty when the span only failed. */
  readonly type: string;
  readonly message: string;
}

const MOST_FAILURES = 200;

/** What went wrong in these spans, oldest first. */
export function failuresOf(spans: readonly StoredSpan[]): SpanFailure[] {
  const found = spans.flatMap((span): SpanFailure[] => {
    const exceptions = span.events.filter(({ name }) => name === 'exception');
    if (exceptions.length > 0)
      return exceptions.map((event) => ({
        timeNs: event.timeNs,
        span,
        type: eventValue(event, 'exception.type'),
        message: eventValue(event, 'exception.message') || span.statusMessage,
      }));
    if (span.status !== 'Error') return [];
    return [{ timeNs: span.startNs + span.durationNs, span, type: '', message: span.statusMessage }];
  });
  return found.sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0)).slice(0, MOST_FAILURES);
}

function eventValue({ attributes }: StoredEvent, name: string): string {
  for (let i = 0; i < attributes.length; i += 2) if (attributes[i] === name) return attributes[i + 1] ?? '';
  return '';
}
