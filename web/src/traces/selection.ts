import { withCondition } from './formQuery.ts';

/** What is held against the rest: failed spans, slow ones, or a box of time and duration. */
export type Selection =
  | { readonly kind: 'errors' }
  | { readonly kind: 'slow'; readonly minMs: number }
  | {
      readonly kind: 'box';
      readonly fromMs: number;
      readonly toMs: number;
      readonly minMs: number;
      readonly maxMs: number;
    };

/** `errors`, `slow:120.5`, `box:from:to:min:max` (ms), as the address holds it. */
export function readSelection(text: string | null): Selection | null {
  if (text === 'errors') return { kind: 'errors' };
  const [kind, ...numbers] = (text ?? '').split(':');
  const [a, b, c, d] = numbers.map(Number);
  if (kind === 'slow' && a !== undefined && a >= 0) return { kind: 'slow', minMs: a };
  if (kind !== 'box' || a === undefined || b === undefined || c === undefined || d === undefined) return null;
  if (!(a < b && c >= 0 && c < d) || [a, b, c, d].some((one) => !Number.isFinite(one))) return null;
  return { kind: 'box', fromMs: a, toMs: b, minMs: c, maxMs: d };
}

export function writeSelection(selection: Selection): string {
  if (selection.kind === 'errors') return 'errors';
  if (selection.kind === 'slow') return `slow:${short(selection.minMs)}`;
  const { fromMs, toMs, minMs, maxMs } = selection;
  return `box:${Math.round(fromMs)}:${Math.round(toMs)}:${short(minMs)}:${short(maxMs)}`;
}

/** Three digits are more than a pointer can point at. */
function short(ms: number): string {
  return String(Number(ms.toPrecision(4)));
}

/** The condition on a span that a selection makes, and the time it is bound to. */
function conditionsOf(selection: Selection): readonly string[] {
  if (selection.kind === 'errors') return ['status = error'];
  if (selection.kind === 'slow') return [`duration >= ${durationText(selection.minMs)}`];
  return [`duration >= ${durationText(selection.minMs)}`, `duration < ${durationText(selection.maxMs)}`];
}

export function selectionQuery(selection: Selection): string {
  return `{ ${conditionsOf(selection).join(' && ')} }`;
}

/** The query narrowed to the selected durations or errors; the box's time is the caller's to set. */
export function narrowed(query: string, selection: Selection): string {
  return conditionsOf(selection).reduce(withCondition, query);
}

/** A duration as TraceQL writes it, in whole µs or longer units. */
function durationText(ms: number): string {
  if (ms >= 1000) return `${Number((ms / 1000).toPrecision(4))}s`;
  if (ms >= 1) return `${Number(ms.toPrecision(4))}ms`;
  return `${Math.max(0, Math.round(ms * 1000))}us`;
}
