import { useElementSize } from '@mantine/hooks';
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { timeLabels } from '../chart/axes.ts';
import type { PointClick } from '../chart/Chart.tsx';
import { heatColor, tickRows, timeTicks } from '../chart/heatScale.ts';
import { useTheme } from '../chart/tokens.ts';
import type { Unit } from '../chart/units.ts';
import { useFormats } from '../i18n/format.ts';
import { useLanguage } from '../i18n/setup.ts';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import type { HeatData } from './histogram.ts';

interface Props {
  readonly data: HeatData;
  readonly range: Range;
  /** Of the bounds. */
  readonly unit: Unit;
  readonly label: string;
  readonly onZoom: (range: Range) => void;
  readonly onPoint: (point: PointClick) => void;
}

const height = 340;
const left = 74;
const bottom = 24;
const dragPx = 5;

interface Cell {
  readonly row: number;
  readonly at: number;
  readonly x: number;
  readonly y: number;
}

/** Buckets over time as colours on canvas; drag zooms, a click asks. */
export function Heatmap({ data, range, unit, label, onZoom, onPoint }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { language } = useLanguage();
  const { zone } = useTime();
  const theme = useTheme();
  const { ref, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<Cell | null>(null);
  const [dragFrom, setDragFrom] = useState<number | null>(null);
  const plotWidth = Math.max(1, width - left - 20);
  const plotHeight = height - bottom;
  const span = range.toMs - range.fromMs;
  const xOf = (ms: number): number => ((ms - range.fromMs) / span) * plotWidth;

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d') ?? null;
    if (element === null || context === null) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.round(plotWidth * ratio);
    element.height = Math.round(plotHeight * ratio);
    context.scale(ratio, ratio);
    const rowHeight = plotHeight / data.rows.length;
    const toX = (ms: number): number => ((ms - range.fromMs) / span) * plotWidth;
    data.cells.forEach((cells, row) => {
      const top = plotHeight - (row + 1) * rowHeight;
      cells.forEach((count, at) => {
        if (count === null || count === 0) return;
        const x = toX((data.times[at] ?? 0) - data.stepMs / 2);
        context.fillStyle = heatColor(count / data.max, theme);
        // A pixel of overlap keeps seams from showing between cells of broken widths.
        context.fillRect(x, top, (data.stepMs / span) * plotWidth + 0.6, rowHeight + 0.6);
      });
    });
  }, [data, plotWidth, plotHeight, range.fromMs, span, theme]);

  const place = (event: PointerEvent): { readonly x: number; readonly y: number } => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const msAt = (x: number): number => range.fromMs + (x / plotWidth) * span;
  const cellAt = (x: number, y: number): Cell => ({
    row: Math.min(data.rows.length - 1, Math.max(0, Math.floor(((plotHeight - y) / plotHeight) * data.rows.length))),
    at: Math.round((msAt(x) - (data.times[0] ?? 0)) / data.stepMs),
    x,
    y,
  });
  const bound = (value: number): string => formats.value(value, unit);
  const labels = timeLabels(language, zone);
  const ticks = timeTicks(range, Math.max(2, Math.floor(plotWidth / 110)));
  const tickTexts = labels(ticks.times, ticks.stepMs);
  const hovered = hover === null ? undefined : data.rows[hover.row];
  const count = hover === null ? null : (data.cells[hover.row]?.[hover.at] ?? null);
  const time = hover === null ? undefined : data.times[hover.at];
  return (
    <div ref={ref} className="heatmap" style={{ height }} role="img" aria-label={label}>
      {tickRows(data.rows, plotHeight).map(({ row, value }) => (
        <span
          key={row}
          className="heat-bound num dim"
          style={{ top: plotHeight - row * (plotHeight / data.rows.length), width: left - 8 }}
        >
          {bound(value)}
        </span>
      ))}
      <canvas
        ref={canvas}
        style={{ left, width: plotWidth, height: plotHeight }}
        onPointerDown={(event) => setDragFrom(place(event).x)}
        onPointerMove={(event) => {
          const { x, y } = place(event);
          setHover(cellAt(x, y));
        }}
        onPointerLeave={() => {
          setHover(null);
          setDragFrom(null);
        }}
        onPointerUp={(event) => {
          const { x } = place(event);
          const from = dragFrom;
          setDragFrom(null);
          if (from !== null && Math.abs(x - from) > dragPx)
            onZoom({ fromMs: msAt(Math.min(x, from)), toMs: msAt(Math.max(x, from)) });
          else onPoint({ ms: msAt(x), series: null, x: event.clientX, y: event.clientY });
        }}
      />
      {dragFrom !== null && hover !== null && (
        <div
          className="heat-select"
          style={{
            left: left + Math.min(dragFrom, hover.x),
            width: Math.abs(hover.x - dragFrom),
            height: plotHeight,
          }}
        />
      )}
      {ticks.times.map((ms, at) => (
        <span key={ms} className="heat-time num dim" style={{ left: left + xOf(ms), top: plotHeight + 4 }}>
          {tickTexts[at]}
        </span>
      ))}
      {hover !== null && hovered !== undefined && time !== undefined && (
        <div
          className="chart-tooltip"
          style={{
            top: Math.max(0, hover.y - 20),
            ...(hover.x > plotWidth / 2 ? { right: width - left - hover.x + 14 } : { left: left + hover.x + 14 }),
          }}
        >
          <div className="chart-tooltip-time num">{formats.dateTime(time)}</div>
          <div className="num">{t('metrics.bucketRange', { low: bound(hovered.low), high: bound(hovered.high) })}</div>
          <strong className="num">{formats.value(count, 'short')}</strong>
        </div>
      )}
    </div>
  );
}
