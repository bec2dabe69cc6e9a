import uPlot from 'uplot';
import type { Language } from '../i18n/setup.ts';
import type { Range } from '../time/range.ts';
import { type Zone, zoneName } from '../time/zone.ts';
import { timeLabels } from './axes.ts';
import type { Hover } from './ChartTooltip.tsx';
import type { Theme } from './palette.ts';
import type { PointClick } from './pointClick.ts';
import { canvasTokens } from './tokens.ts';
import { formatValue, type Unit } from './units.ts';

interface Ends {
  readonly min: number;
  readonly max: number;
}

/** Where the plot lies in its chart, CSS pixels, and what its edges stand for: milliseconds and values. */
export interface PlotBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly x: Ends;
  readonly y: Ends;
}

export interface PlotShape {
  readonly names: readonly string[];
  readonly strokes: readonly string[];
  readonly visible: readonly boolean[];
  readonly dashes: readonly ('earlier' | 'level' | undefined)[];
  readonly unit: Unit;
  readonly width: number;
  readonly height: number;
  readonly kind: 'line' | 'area' | 'bars';
  readonly theme: Theme;
  readonly zone: Zone;
  readonly language: Language;
  readonly max: number | null;
  readonly reach: readonly [low: number, high: number] | null;
  /** Width of the value axis, CSS pixels; null: as wide as its labels. */
  readonly axisWidth: number | null;
  readonly range: Range;
  readonly onZoom: (range: Range) => void;
  readonly onPoint: (point: PointClick) => void;
  readonly onHover: (hover: Hover | null) => void;
  readonly onDraw: (box: PlotBox) => void;
}

/** Crosshairs of all charts on a page move together; only the pointed-at chart zooms or answers clicks. */
const sync = {
  key: 'trilith',
  setSeries: false,
  filters: { pub: (type: string) => type === 'mousemove' || type === 'mouseleave' },
};
const font = '11px system-ui, sans-serif';
const nearPx = 30;

function seriesOptions(shape: PlotShape): uPlot.Series[] {
  const bars = uPlot.paths.bars?.({ size: [0.9, 60], align: 1 });
  return shape.names.map((name, at) => {
    const stroke = shape.strokes[at] ?? '#888';
    const show = shape.visible[at] ?? true;
    if (shape.kind === 'bars')
      return {
        label: name,
        show,
        stroke,
        fill: stroke,
        width: 0,
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
      };
    const dash = shape.dashes[at];
    return {
      label: name,
      show,
      stroke,
      width: 1.5,
      spanGaps: false,
      ...(dash === undefined ? {} : { dash: dash === 'earlier' ? [6, 4] : [2, 4], alpha: 0.75 }),
      ...(shape.kind === 'area' && dash === undefined ? { fill: `${stroke}2e` } : {}),
      points: {
        show: (plot: uPlot, series: number, first: number, last: number) => isolated(plot, series, first, last),
        size: 4,
      },
    };
  });
}

/** A lone sample between gaps would be invisible as a line, so then points are drawn. */
function isolated(plot: uPlot, series: number, first: number, last: number): boolean {
  let count = 0;
  const values = plot.data[series];
  for (let at = first; at <= last && count < 3; at += 1)
    if (values?.[at] !== null && values?.[at] !== undefined) count += 1;
  return count < 3;
}

function axisOptions(shape: PlotShape): uPlot.Axis[] {
  const { axis, grid } = canvasTokens[shape.theme];
  const labels = timeLabels(shape.language, shape.zone);
  const lines = { grid: { stroke: grid, width: 1 }, ticks: { show: false }, stroke: axis, font };
  return [
    {
      ...lines,
      grid: { show: false },
      size: 24,
      gap: 4,
      space: 70,
      values: (_, splits, __, ___, step) => labels(splits, step),
    },
    {
      ...lines,
      gap: 4,
      space: shape.height < 120 ? 20 : 34,
      values: (_, splits) => splits.map((value) => formatValue(value, shape.unit, shape.language)),
      size: (_, values) =>
        shape.axisWidth ?? Math.max(36, Math.max(0, ...(values ?? []).map((text) => text.length)) * 6.4 + 10),
    },
  ];
}

/** The series whose value under the cursor is nearest to it, within reach of a finger. */
function nearestSeries(plot: uPlot): number | null {
  const index = plot.cursor.idx;
  if (index === null || index === undefined) return null;
  let best: number | null = null;
  let bestDistance = nearPx;
  plot.series.forEach((series, at) => {
    const value = at === 0 || series.show === false ? null : plot.data[at]?.[index];
    if (value === null || value === undefined) return;
    const distance = Math.abs(plot.valToPos(value, 'y') - (plot.cursor.top ?? 0));
    if (distance < bestDistance) {
      bestDistance = distance;
      best = at - 1;
    }
  });
  return best;
}

function onReady(plot: uPlot, shape: PlotShape): void {
  let downX = 0;
  plot.over.addEventListener('mousedown', (event) => {
    downX = event.clientX;
  });
  plot.over.addEventListener('click', (event) => {
    if (Math.abs(event.clientX - downX) > 4) return;
    const left = event.clientX - plot.over.getBoundingClientRect().left;
    shape.onPoint({ ms: plot.posToVal(left, 'x'), series: nearestSeries(plot), x: event.clientX, y: event.clientY });
  });
  plot.over.addEventListener('mouseleave', () => shape.onHover(null));
}

/** Everything uPlot needs to know, from plain data. */
export function chartOptions(shape: PlotShape): uPlot.Options {
  const { surface } = canvasTokens[shape.theme];
  return {
    width: shape.width,
    height: shape.height,
    ms: 1,
    // Room at the right for half of a time label.
    padding: [8, 20, 0, 0],
    tzDate: (ms) => uPlot.tzDate(new Date(ms), zoneName(shape.zone)),
    legend: { show: false },
    focus: { alpha: 0.35 },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      sync,
      focus: { prox: shape.kind === 'bars' ? -1 : 24 },
      points: { show: shape.kind !== 'bars', size: 7, fill: surface },
      bind: { dblclick: () => null },
    },
    scales: {
      x: {
        time: true,
        range: (_, min, max) =>
          Number.isFinite(min) && Number.isFinite(max) && max > min
            ? [min, max]
            : [shape.range.fromMs, shape.range.toMs],
        min: shape.range.fromMs,
        max: shape.range.toMs,
      },
      y: { range: (_, min, max) => yRange(...reached(min, max, shape), shape) },
    },
    series: [{}, ...seriesOptions(shape)],
    axes: axisOptions(shape),
    hooks: {
      ready: [
        (plot) => {
          plot.setScale('x', { min: shape.range.fromMs, max: shape.range.toMs });
          onReady(plot, shape);
        },
      ],
      draw: [(plot) => shape.onDraw(boxOf(plot))],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 5) return;
          shape.onZoom({ fromMs: plot.posToVal(left, 'x'), toMs: plot.posToVal(left + width, 'x') });
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      setCursor: [
        (plot) => {
          const { idx, left, top } = plot.cursor;
          if (!plot.over.matches(':hover')) return;
          shape.onHover(
            idx === null || idx === undefined || left === undefined || left < 0
              ? null
              : { index: idx, left: left + plot.over.offsetLeft, top: top ?? 0 },
          );
        },
      ],
    },
  };
}

function boxOf(plot: uPlot): PlotBox {
  const { x, y } = plot.scales;
  const ratio = plot.width === 0 ? 1 : plot.ctx.canvas.width / plot.width;
  return {
    left: plot.bbox.left / ratio,
    top: plot.bbox.top / ratio,
    width: plot.bbox.width / ratio,
    height: plot.bbox.height / ratio,
    x: { min: x?.min ?? 0, max: x?.max ?? 1 },
    y: { min: y?.min ?? 0, max: y?.max ?? 1 },
  };
}

function reached(
  min: number | null,
  max: number | null,
  { reach }: PlotShape,
): readonly [min: number | null, max: number | null] {
  if (reach === null || min === null || max === null) return [min, max];
  return [Math.min(min, reach[0]), Math.max(max, reach[1])];
}

function yRange(min: number | null, max: number | null, shape: PlotShape): [number, number] {
  if (min === null || max === null) return [0, shape.max ?? 1];
  if (shape.max !== null) return [0, Math.max(shape.max, max)];
  const low = min >= 0 && (shape.kind !== 'line' || min < max * 0.7) ? 0 : min;
  if (low === max) return max === 0 ? [0, 1] : max > 0 ? [0, max * 1.25] : [max * 1.25, 0];
  const room = (max - low) * 0.08;
  return [low === 0 ? 0 : low - room, max + room];
}
