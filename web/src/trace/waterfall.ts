import type { LogRecord } from '@trilith/contract';
import type { TraceTree, TreeSpan } from './traceTree.ts';

export interface WaterfallFilter {
  /** Text looked for in operation, service, attributes and status. */
  readonly text: string;
  readonly pill: 'all' | 'errors' | 'slow' | 'critical';
  readonly hiddenServices: ReadonlySet<string>;
}

/** A row of the waterfall: a span, or a log line under its span. */
export type WaterfallRow =
  | {
      readonly kind: 'span';
      readonly key: string;
      readonly span: TreeSpan;
      readonly collapsed: boolean;
      readonly dimmed: boolean;
    }
  | {
      readonly kind: 'log';
      readonly key: string;
      readonly log: LogRecord;
      readonly depth: number;
      readonly atMs: number;
    };

/** A span takes part as slow from this share of the trace on, by its own time. */
const slowShare = 0.1;

function contains(span: TreeSpan, text: string): boolean {
  const own = span.span;
  if (`${own.operation}\n${own.service}\n${own.statusMessage}\n${own.spanId}`.toLowerCase().includes(text)) return true;
  return Object.entries(own.attributes).some(([key, value]) => `${key}=${value}`.toLowerCase().includes(text));
}

/** Indexes of the spans that pass the filter themselves; null when everything passes. */
export function matching(
  tree: TraceTree,
  filter: WaterfallFilter,
  critical: ReadonlySet<number>,
): ReadonlySet<number> | null {
  const text = filter.text.trim().toLowerCase();
  if (text === '' && filter.pill === 'all' && filter.hiddenServices.size === 0) return null;
  const out = new Set<number>();
  for (const span of tree.spans) {
    if (filter.hiddenServices.has(span.span.service)) continue;
    if (filter.pill === 'errors' && !span.ownError) continue;
    if (filter.pill === 'slow' && span.selfMs < tree.durationMs * slowShare) continue;
    if (filter.pill === 'critical' && !critical.has(span.index)) continue;
    if (text !== '' && !contains(span, text)) continue;
    out.add(span.index);
  }
  return out;
}

/** Log lines by the index of the span they belong to; those that name none or an unknown one go to the first root. */
export function logsBySpan(tree: TraceTree, logs: readonly LogRecord[]): ReadonlyMap<number, readonly LogRecord[]> {
  const byId = new Map(tree.spans.map((one) => [one.span.spanId, one.index]));
  const out = new Map<number, LogRecord[]>();
  for (const log of logs) {
    const index = (log.spanId === null ? undefined : byId.get(log.spanId)) ?? 0;
    const own = out.get(index);
    if (own === undefined) out.set(index, [log]);
    else own.push(log);
  }
  return out;
}

interface RowsInput {
  readonly tree: TraceTree;
  readonly collapsed: ReadonlySet<string>;
  readonly matches: ReadonlySet<number> | null;
  /** Empty when log lines are not shown. */
  readonly logs: ReadonlyMap<number, readonly LogRecord[]>;
}

/**
 * The visible rows. A filter hides spans that neither match nor lead to a match; those that only lead there are dimmed.
 * A collapsed span hides everything below it.
 */
export function waterfallRows({ tree, collapsed, matches, logs }: RowsInput): readonly WaterfallRow[] {
  const leads = matches === null ? null : leadingTo(tree, matches);
  const rows: WaterfallRow[] = [];
  for (let at = 0; at < tree.spans.length; at += 1) {
    const span = tree.spans[at];
    if (span === undefined) break;
    const isCollapsed = collapsed.has(span.span.spanId);
    if (leads === null || leads.has(at)) {
      rows.push({
        kind: 'span',
        key: span.span.spanId,
        span,
        collapsed: isCollapsed,
        dimmed: matches !== null && !matches.has(at),
      });
      if (!isCollapsed && (matches === null || matches.has(at))) {
        (logs.get(at) ?? []).forEach((log, order) => {
          rows.push({
            kind: 'log',
            key: `${span.span.spanId}/${order}`,
            log,
            depth: span.depth + 1,
            atMs: Number(BigInt(log.timeNs) - tree.startNs) / 1e6,
          });
        });
      }
    }
    if (isCollapsed) at += span.below;
  }
  return rows;
}

function leadingTo(tree: TraceTree, matches: ReadonlySet<number>): ReadonlySet<number> {
  const out = new Set<number>();
  for (const index of matches) {
    for (let at = index; at >= 0 && !out.has(at); at = tree.spans[at]?.parent ?? -1) out.add(at);
  }
  return out;
}

/** A part of the trace's time, as ms from its start. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The window moved by a share of its width, or made narrower (factor below 1) or wider, kept inside the trace. */
export function panZoom(window: Window, durationMs: number, pan: number, factor: number): Window {
  const width = Math.min(durationMs, Math.max((window.toMs - window.fromMs) * factor, durationMs / 1e6));
  const middle = (window.fromMs + window.toMs) / 2 + pan * (window.toMs - window.fromMs);
  const fromMs = Math.max(0, Math.min(durationMs - width, middle - width / 2));
  return { fromMs, toMs: fromMs + width };
}

/** Left edge and width of a bar in percent of the window; null when it lies outside. Never thinner than visible. */
export function barOf(
  startMs: number,
  durationMs: number,
  window: Window,
): { readonly left: number; readonly width: number } | null {
  const size = window.toMs - window.fromMs;
  const from = Math.max(startMs, window.fromMs);
  const to = Math.min(startMs + durationMs, window.toMs);
  if (to < from || size <= 0) return null;
  const left = ((from - window.fromMs) / size) * 100;
  return { left: Math.min(left, 99.8), width: Math.max(0.2, ((to - from) / size) * 100) };
}

/** Round times for the ruler over the bars: about `wanted` of them inside the window. */
export function rulerTicks(window: Window, wanted: number): readonly number[] {
  const size = window.toMs - window.fromMs;
  if (size <= 0) return [];
  const rough = size / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? power * 10;
  const ticks: number[] = [];
  for (let at = Math.ceil(window.fromMs / step); at * step <= window.toMs; at += 1) ticks.push(at * step);
  return ticks;
}
