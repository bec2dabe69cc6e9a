import { useFormats } from '../i18n/format.ts';
import type { ChartData } from './series.ts';
import type { Unit } from './units.ts';

export interface Hover {
  readonly index: number;
  readonly left: number;
  readonly top: number;
}

interface Props {
  readonly hover: Hover;
  readonly data: ChartData;
  readonly strokes: readonly string[];
  readonly visible: readonly boolean[];
  readonly unit: Unit;
  readonly width: number;
  readonly clickable: boolean;
}

const shownRows = 12;

/** The values under the cursor, largest first, only of series that are drawn. */
export function ChartTooltip({ hover, data, strokes, visible, unit, width }: Props) {
  const formats = useFormats();
  const time = data.times[hover.index];
  if (time === undefined) return null;
  const rows = data.series
    .map((series, at) => ({
      name: series.name,
      color: strokes[at] ?? '',
      value: series.values[hover.index] ?? null,
      visible: visible[at] === true,
    }))
    .filter((row) => row.visible && row.value !== null)
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const right = hover.left > width / 2;
  return (
    <div
      className="chart-tooltip"
      style={{
        top: Math.max(0, hover.top - 20),
        ...(right ? { right: width - hover.left + 14 } : { left: hover.left + 14 }),
      }}
    >
      <div className="chart-tooltip-time num">{formats.dateTime(time)}</div>
      {rows.slice(0, shownRows).map((row) => (
        <div key={row.name} className="chart-tooltip-row">
          <span className="swatch" style={{ background: row.color }} />
          <span className="chart-tooltip-name">{row.name}</span>
          <span className="num">{formats.value(row.value, unit)}</span>
        </div>
      ))}
      {rows.length > shownRows && <div className="dim">+{rows.length - shownRows}</div>}
    </div>
  );
}
