/** A part of the trace's time, ns from its start. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** The window moved by a share of its width, or made narrower (factor below 1) or wider, kept inside the trace. */
export function panZoom(shown: TimeWindow, durationNs: number, pan: number, factor: number): TimeWindow {
  const width = Math.min(durationNs, Math.max((shown.to - shown.from) * factor, durationNs / 1e6, 1));
  const middle = (shown.from + shown.to) / 2 + pan * (shown.to - shown.from);
  const from = Math.max(0, Math.min(durationNs - width, middle - width / 2));
  return { from, to: from + width };
}

export interface Bar {
  /** Percent of the window. */
  readonly left: number;
  readonly width: number;
}

/** Left edge and width of a bar in percent of the window; null when it lies outside. Never thinner than visible. */
export function barOf(start: number, duration: number, shown: TimeWindow): Bar | null {
  const size = shown.to - shown.from;
  const from = Math.max(start, shown.from);
  const to = Math.min(start + duration, shown.to);
  if (to < from || size <= 0) return null;
  return { left: Math.min(((from - shown.from) / size) * 100, 99.8), width: Math.max(0.2, ((to - from) / size) * 100) };
}

/** Round times for the ruler over the bars: about `wanted` of them inside the window; ns. */
export function rulerTicks(shown: TimeWindow, wanted: number): readonly number[] {
  const size = shown.to - shown.from;
  if (size <= 0) return [];
  const rough = size / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? power * 10;
  const ticks: number[] = [];
  for (let at = Math.ceil(shown.from / step); at * step <= shown.to; at += 1) ticks.push(at * step);
  return ticks;
}

/** `from-to` in whole ns, as the URL holds it; null for anything else. */
export function windowIn(text: string | null, durationNs: number): TimeWindow | null {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text ?? '');
  if (match === null) return null;
  const from = Math.min(Number(match[1]), durationNs);
  const to = Math.min(Number(match[2]), durationNs);
  return to > from ? { from, to } : null;
}

/** The reverse. */
export function windowText({ from, to }: TimeWindow): string {
  return `${Math.floor(from)}-${Math.ceil(to)}`;
}
