import type { TraceSummary } from '@trilith/contract';

export interface TraceForm {
  readonly service: string;
  readonly operation: string;
  readonly min: string;
  readonly max: string;
  readonly status: '' | 'error' | 'ok';
  /** `key=value` pairs. */
  readonly attributes: readonly string[];
  readonly limit: number;
}

export const defaultLimit = 50;

/** The form as the URL holds it; the header's scope stands in for an unset service. */
export function formOf(params: URLSearchParams, scope: string): TraceForm {
  const status = params.get('status');
  const limit = Number(params.get('limit'));
  return {
    service: params.get('service') ?? scope,
    operation: params.get('operation') ?? '',
    min: params.get('min') ?? '',
    max: params.get('max') ?? '',
    status: status === 'error' || status === 'ok' ? status : '',
    attributes: splitAttributes(params.get('attr') ?? ''),
    limit: Number.isInteger(limit) && limit >= 1 && limit <= 1000 ? limit : defaultLimit,
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

export function sortTraces(traces: readonly TraceSummary[], order: TraceOrder): readonly TraceSummary[] {
  const keys: Readonly<Record<TraceOrder, (trace: TraceSummary) => number>> = {
    newest: (trace) => trace.startMs,
    longest: (trace) => trace.durationMs,
    spans: (trace) => trace.spans,
    errors: (trace) => trace.errors,
  };
  return traces.toSorted((a, b) => keys[order](b) - keys[order](a) || b.startMs - a.startMs);
}

export interface ScatterPoint {
  readonly trace: TraceSummary;
  /** 0 to 100 from the left and from the bottom. */
  readonly x: number;
  readonly y: number;
}

/** Traces over time by duration on a logarithmic scale, in percent of the box. */
export function scatter(traces: readonly TraceSummary[], fromMs: number, toMs: number): readonly ScatterPoint[] {
  if (traces.length === 0 || toMs <= fromMs) return [];
  const logs = traces.map((trace) => Math.log10(Math.max(trace.durationMs, 0.001)));
  const low = Math.min(...logs);
  const span = Math.max(...logs) - low || 1;
  return traces.map((trace, at) => ({
    trace,
    x: Math.max(0, Math.min(100, ((trace.startMs - fromMs) / (toMs - fromMs)) * 100)),
    y: (((logs[at] ?? low) - low) / span) * 100,
  }));
}
