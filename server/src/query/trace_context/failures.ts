import type { StoredEvent, StoredSpan } from '../../store/index.ts';
import { attributeOf } from './span_attributes.ts';

/** An exception a span recorded, or a span that failed without one. */
export interface SpanFailure {
  readonly timeNs: bigint;
  readonly span: StoredSpan;
  /** `exception.type`, else the span's `error.type`; may be empty. */
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
    const status = attributeOf(span, 'http.response.status_code', 'http.status_code', 'rpc.grpc.status_code');
    return [
      {
        timeNs: span.startNs + span.durationNs,
        span,
        type: attributeOf(span, 'error.type'),
        message: span.statusMessage || (status === '' ? '' : `status ${status}`),
      },
    ];
  });
  return found.sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0)).slice(0, MOST_FAILURES);
}

function eventValue({ attributes }: StoredEvent, name: string): string {
  for (let i = 0; i < attributes.length; i += 2) if (attributes[i] === name) return attributes[i + 1] ?? '';
  return '';
}
