import type { TraceSummary } from '@trilith/contract';

/** Which spans are meant: roots, or those of a kind; empty for all. */
export const spanChoices = ['', 'root', 'server', 'client', 'consumer'] as const;
type SpanChoice = (typeof spanChoices)[number];

export function isSpanChoice(text: string | null): text is SpanChoice {
  return spanChoices.some((choice) => choice === text);
}

export interface TraceForm {
  readonly service: string;
  readonly operation: string;
  readonly kind: SpanChoice;
  readonly min: string;
  readonly max: string;
  readonly status: '' | 'error' | 'ok';
  /** `key=value` or `key!=value` pairs. */
  readonly attributes: readonly string[];
  readonly limit: number;
}

export const defaultLimit = 50;
/** What the server lists at most. */
export const mostTraces = 200;

/** The form as the URL holds it; the header's scope stands in for an unset service. */
export function formOf(params: URLSearchParams, scope: string): TraceForm {
  const status = params.get('status');
  const kind = params.get('kind');
  const limit = Number(params.get('limit'));
  return {
    service: params.get('service') ?? scope,
    operation: params.get('operation') ?? '',
    kind: isSpanChoice(kind) ? kind : '',
    min: params.get('min') ?? '',
    max: params.get('max') ?? '',
    status: status === 'error' || status === 'ok' ? status : '',
    attributes: splitAttributes(params.get('attr') ?? ''),
    limit: Number.isInteger(limit) && limit >= 1 && limit <= mostTraces ? limit : defaultLimit,
  };
}

/** `a=1 b="two words"` as pairs; quotes keep spaces together. */
export function splitAttributes(text: string): readonly string[] {
  return [...text.matchAll(/([^\s=]+)=(?:"([^"]*)"|(\S*))/g)].map(
    (match) => `${match[1]}=${match[2] ?? match[3] ?? ''}`,
  );
}

/** The reverse. */
export function joinAttributes(pairs: readonly string[]): string {
  return pairs
    .map((pair) => {
      const at = pair.indexOf('=');
      const value = pair.slice(at + 1);
      return /\s/.test(value) ? `${pair.slice(0, at)}="${value}"` : pair;
    })
    .join(' ');
}

/** True for empty text and for Go durations like `250ms`, `1.5s`, `1m30s`. */
export function isDuration(text: string): boolean {
  return text === '' || /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text);
}

export const traceOrders = ['newest', 'longest', 'spans', 'errors'] as const;
export type TraceOrder = (typeof traceOrders)[number];

export function isTraceOrder(text: string | null): text is TraceOrder {
  return traceOrders.some((order) => order === text);
}

/** The order the server picks traces by; the others only sort what it picked. */
export function serverOrder(order: TraceOrder): 'newest' | 'slowest' {
  return order === 'longest' ? 'slowest' : 'newest';
}

export function sortTraces(traces: readonly TraceSummary[], order: TraceOrder): readonly TraceSummary[] {
  const keys: Readonly<Record<TraceOrder, (trace: TraceSummary) => number>> = {
    newest: (trace) => trace.startMs,
    longest: (trace) => trace.durationMs,
    spans: (trace) => trace.spans,
    errors: (trace) => trace.errors,
  };
  return traces.toSorted((a, b) => keys[order](b) - keys[order](a) || b.startMs - a.startMs);
}

export interface FoundSpan {
  readonly trace: TraceSummary;
  readonly span: TraceSummary['found'][number];
}

/** The found spans of all traces; by the number of spans they stay in the order of their traces. */
export function sortSpans(traces: readonly TraceSummary[], order: TraceOrder): readonly FoundSpan[] {
  const keys: Readonly<Record<TraceOrder, (span: FoundSpan['span']) => number>> = {
    newest: (span) => span.startMs,
    longest: (span) => span.durationMs,
    spans: () => 0,
    errors: (span) => (span.status === 'error' ? 1 : 0),
  };
  return traces
    .flatMap((trace) => trace.found.map((span) => ({ trace, span })))
    .sort((a, b) => keys[order](b.span) - keys[order](a.span));
}
