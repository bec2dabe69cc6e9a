import type { PlotBox } from '../chart/options.ts';
import type { Band } from './budgetCharts.ts';

const mostDrawn = 200;
const thinnestPx = 2;

/** Stretches of time behind a plot: what was excluded, not counted, or fired. */
export function BandLayer({ bands, box }: { readonly bands: readonly Band[]; readonly box: PlotBox }) {
  const { x, left, top, width, height } = box;
  const place = (ms: number): number => ((Math.min(x.max, Math.max(x.min, ms)) - x.min) / (x.max - x.min || 1)) * width;
  return bands
    .filter(({ fromMs, toMs }) => toMs > x.min && fromMs < x.max)
    .slice(-mostDrawn)
    .map(({ kind, label, fromMs, toMs }) => (
      <span
        key={`${kind} ${fromMs} ${label}`}
        className="slo-band"
        data-kind={kind}
        title={label}
        role="img"
        aria-label={label}
        style={{
          ...{ top, height },
          left: left + place(fromMs),
          width: Math.max(thinnestPx, place(toMs) - place(fromMs)),
        }}
      />
    ));
}
