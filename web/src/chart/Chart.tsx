import { useElementSize } from '@mantine/hooks';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import { useFormats } from '../i18n/format.ts';
import { useLanguage } from '../i18n/setup.ts';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { stack } from './axes.ts';
import { ChartTooltip, type Hover } from './ChartTooltip.tsx';
import { chartOptions, type PlotBox } from './options.ts';
import { paletteColor } from './palette.ts';
import type { PointClick } from './pointClick.ts';
import { type ChartData, statsOf } from './series.ts';
import { useTheme } from './tokens.ts';
import type { Unit } from './units.ts';

export type { PlotBox } from './options.ts';
export type { PointClick } from './pointClick.ts';

export interface ChartProps {
  readonly data: ChartData;
  readonly range: Range;
  readonly unit: Unit;
  readonly height: number;
  readonly label: string;
  /** `line`, `area` (filled), or `bars` (stacked). */
  readonly kind?: 'line' | 'area' | 'bars';
  readonly colors?: readonly string[];
  /** Names of the series to draw; empty for all. */
  readonly shown?: ReadonlySet<string>;
  /** Highest value of the axis, for shares. */
  readonly max?: number;
  /** Values the axis should reach beside those of the series. */
  readonly reach?: readonly [low: number, high: number] | undefined;
  /** Width of the value axis, so that charts above one another share their time axis (CSS pixels). */
  readonly axisWidth?: number;
  /** Drawn over the plot, placed by its scales. */
  readonly overlay?: (box: PlotBox) => ReactNode;
  readonly onZoom?: (range: Range) => void;
  readonly onPoint?: (point: PointClick) => void;
}

function sameBox(a: PlotBox, b: PlotBox): boolean {
  return (
    a.left === b.left &&
    a.top === b.top &&
    a.width === b.width &&
    a.height === b.height &&
    a.x.min === b.x.min &&
    a.x.max === b.x.max &&
    a.y.min === b.y.min &&
    a.y.max === b.y.max
  );
}

const noSeries: ReadonlySet<string> = new Set();

/** A time series chart on canvas: drag zooms, a click asks, all charts of a page share the crosshair. */
export function Chart({
  data,
  range,
  unit,
  height,
  label,
  kind = 'line',
  colors,
  shown = noSeries,
  max,
  reach,
  axisWidth,
  overlay,
  onZoom,
  onPoint,
}: ChartProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { language } = useLanguage();
  const { zone } = useTime();
  const theme = useTheme();
  const { ref: sizeRef, width } = useElementSize();
  const mount = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [hover, setHover] = useState<Hover | null>(null);
  const [box, setBox] = useState<PlotBox | null>(null);
  const handlers = useRef({ onZoom, onPoint });
  handlers.current = { onZoom, onPoint };
  const strokes = data.series.map((one, at) => colors?.[at] ?? paletteColor(one.color ?? at, theme));
  const values = kind === 'bars' ? stack(data.series.map((one) => one.values)) : data.series.map((one) => one.values);
  const aligned = [data.times, ...values] as unknown as uPlot.AlignedData;
  const visible = data.series.map((one) => shown.size === 0 || shown.has(one.name));
  const structure = JSON.stringify([
    data.series.map((one) => [one.name, one.dash]),
    strokes,
    visible,
    unit,
    height,
    width,
    kind,
    theme,
    zone,
    language,
    max,
    reach,
    axisWidth,
  ]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `structure` stands for everything the plot is built from.
  useEffect(() => {
    if (mount.current === null || width === 0) return;
    const options = chartOptions({
      names: data.series.map((one) => one.name),
      strokes,
      visible,
      dashes: data.series.map((one) => one.dash),
      unit,
      width,
      height,
      kind,
      theme,
      zone,
      language,
      max: max ?? null,
      reach: reach ?? null,
      axisWidth: axisWidth ?? null,
      range,
      onZoom: (zoomed) => handlers.current.onZoom?.(zoomed),
      onPoint: (point) => handlers.current.onPoint?.(point),
      onHover: setHover,
      onDraw: (next) => setBox((last) => (last !== null && sameBox(last, next) ? last : next)),
    });
    const made = new uPlot(options, aligned, mount.current);
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [structure]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the plot takes new points without being rebuilt.
  useEffect(() => {
    const made = plot.current;
    if (made === null || made.series.length !== aligned.length) return;
    made.batch(() => {
      made.setData(aligned, false);
      made.setScale('x', { min: range.fromMs, max: range.toMs });
    });
  }, [data, range.fromMs, range.toMs]);

  const lasts = data.series.map((one) => statsOf(one.values).last).filter((value) => value !== null);
  const summary = t('metrics.chartSummary', {
    count: data.series.length,
    from: formats.short(range.fromMs),
    to: formats.short(range.toMs),
    min: formats.value(lasts.length === 0 ? null : Math.min(...lasts), unit),
    max: formats.value(lasts.length === 0 ? null : Math.max(...lasts), unit),
  });
  return (
    <div ref={sizeRef} className="chart" style={{ height }} role="img" aria-label={`${label}: ${summary}`}>
      <div ref={mount} />
      {overlay !== undefined && box !== null && overlay(box)}
      {hover !== null && (
        <ChartTooltip
          hover={hover}
          data={data}
          strokes={strokes}
          visible={visible}
          unit={unit}
          width={width}
          clickable={onPoint !== undefined}
        />
      )}
    </div>
  );
}
