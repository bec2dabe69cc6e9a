import { useElementSize } from '@mantine/hooks';
import type { TraceOverviewAnswer, TraceSummary } from '@trilith/contract';
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { timeLabels } from '../chart/axes.ts';
import { heatColor, timeTicks } from '../chart/heatScale.ts';
import { levelColors, useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { useLanguage } from '../i18n/setup.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { durationAt, durationTicks, heightOf } from './overviewSeries.ts';
import type { Selection } from './selection.ts';

interface Props {
  readonly overview: TraceOverviewAnswer;
  readonly selection: Selection | null;
  /** px */
  readonly height: number;
  /** Found traces drawn as points; empty for none. */
  readonly traces: readonly TraceSummary[];
  readonly onSelect: (selection: Selection) => void;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const left = 62;
const bottom = 22;
const right = 20;
const dragPx = 5;

/** Spans by time and duration as colours; a box drawn over them is held against the rest. Points are found traces. */
export function DurationMap({ overview, selection, height, traces, onSelect }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { language } = useLanguage();
  const { zone, range } = useTime();
  const { ref, width } = useElementSize();
  const [dragFrom, setDragFrom] = useState<Place | null>(null);
  const [at, setAt] = useState<Place | null>(null);
  const { bands } = overview;
  const plotWidth = Math.max(1, width - left - right);
  const plotHeight = height - bottom;
  const span = range.toMs - range.fromMs;
  const xOf = (ms: number): number => Math.min(plotWidth, Math.max(0, ((ms - range.fromMs) / span) * plotWidth));
  const yOf = (ms: number): number => (1 - heightOf(ms, bands)) * plotHeight;
  const msAt = (x: number): number => range.fromMs + (x / plotWidth) * span;
  const place = (event: PointerEvent): Place => {
    const box = event.currentTarget.getBoundingClientRect();
    const within = (value: number, most: number): number => Math.min(most, Math.max(0, value));
    return { x: within(event.clientX - box.left, plotWidth), y: within(event.clientY - box.top, plotHeight) };
  };
  const finish = (to: Place): void => {
    const from = dragFrom;
    setDragFrom(null);
    if (from === null || Math.abs(to.x - from.x) < dragPx || Math.abs(to.y - from.y) < dragPx) return;
    onSelect({
      kind: 'box',
      fromMs: msAt(Math.min(from.x, to.x)),
      toMs: msAt(Math.max(from.x, to.x)),
      minMs: durationAt(1 - Math.max(from.y, to.y) / plotHeight, bands),
      maxMs: durationAt(1 - Math.min(from.y, to.y) / plotHeight, bands),
    });
  };
  const labels = timeLabels(language, zone);
  const ticks = timeTicks(range, Math.max(2, Math.floor(plotWidth / 110)));
  const texts = labels(ticks.times, ticks.stepMs);
  const chosen = dragFrom !== null && at !== null ? boxOf(dragFrom, at) : selectionBox(selection, xOf, yOf, plotWidth);
  return (
    <div ref={ref} className="duration-map" style={{ height }} role="img" aria-label={t('traces.durationMap')}>
      {durationTicks(bands).map((ms) => (
        <span
          key={ms}
          className="heat-bound num dim"
          style={{ top: Math.min(plotHeight - 7, Math.max(7, yOf(ms))), width: left - 8 }}
        >
          {formats.duration(ms)}
        </span>
      ))}
      <Cells overview={overview} width={plotWidth} height={plotHeight} />
      <div
        className="duration-plot"
        style={{ left, width: plotWidth, height: plotHeight }}
        onPointerDown={(event) => {
          if (event.target !== event.currentTarget) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDragFrom(place(event));
          setAt(place(event));
        }}
        onPointerMove={(event) => setAt(place(event))}
        onPointerLeave={() => setAt(null)}
        onPointerUp={(event) => finish(place(event))}
        onPointerCancel={() => setDragFrom(null)}
      >
        {chosen !== null && <div className="duration-box" style={chosen} />}
        {traces.map((trace) => (
          <Point key={trace.traceId} trace={trace} x={xOf(pointOf(trace).startMs)} y={yOf(pointOf(trace).durationMs)} />
        ))}
      </div>
      {ticks.times.map((ms, index) => (
        <span key={ms} className="heat-time num dim" style={{ left: left + xOf(ms), top: plotHeight + 4 }}>
          {texts[index]}
        </span>
      ))}
      {at !== null && dragFrom === null && (
        <CellTooltip overview={overview} at={at} ms={msAt(at.x)} plotWidth={plotWidth} plotHeight={plotHeight} />
      )}
    </div>
  );
}

/** The slowest matching span of a trace stands for it. */
function pointOf(trace: TraceSummary): { readonly startMs: number; readonly durationMs: number } {
  return trace.found.reduce<{ readonly startMs: number; readonly durationMs: number }>(
    (most, span) => (span.durationMs > most.durationMs ? span : most),
    trace.found[0] ?? trace,
  );
}

function boxOf(a: Place, b: Place): { left: number; top: number; width: number; height: number } {
  return {
    left: Math.min(a.x, b.x),
    top: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  };
}

function selectionBox(
  selection: Selection | null,
  xOf: (ms: number) => number,
  yOf: (ms: number) => number,
  plotWidth: number,
): ReturnType<typeof boxOf> | null {
  if (selection === null || selection.kind === 'errors') return null;
  if (selection.kind === 'slow') return boxOf({ x: 0, y: 0 }, { x: plotWidth, y: yOf(selection.minMs) });
  return boxOf(
    { x: xOf(selection.fromMs), y: yOf(selection.maxMs) },
    { x: xOf(selection.toMs), y: yOf(selection.minMs) },
  );
}

/** The cells on canvas: blue by spans, a red foot where some failed. */
function Cells({
  overview,
  width,
  height: plotHeight,
}: {
  readonly overview: TraceOverviewAnswer;
  readonly width: number;
  readonly height: number;
}) {
  const theme = useTheme();
  const { range } = useTime();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d') ?? null;
    if (canvas.current === null || context === null) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.current.width = Math.round(width * ratio);
    canvas.current.height = Math.round(plotHeight * ratio);
    context.scale(ratio, ratio);
    const { cells, bands, startMs, stepMs } = overview;
    const most = cells.reduce((max, cell) => Math.max(max, cell.spans), 1);
    const pxPerMs = width / (range.toMs - range.fromMs);
    const cellHeight = plotHeight / Math.max(1, bands.length);
    for (const { step, band, spans, errors } of cells) {
      const x = (startMs + step * stepMs - range.fromMs) * pxPerMs;
      const y = plotHeight - (band + 1) * cellHeight;
      context.fillStyle = heatColor(spans / most, theme);
      // A pixel of overlap keeps seams from showing between cells of broken widths.
      context.fillRect(x, y, stepMs * pxPerMs + 0.6, cellHeight + 0.6);
      if (errors === 0) continue;
      context.fillStyle = levelColors[theme].error ?? '';
      const foot = Math.max(1.5, cellHeight * (errors / spans));
      context.fillRect(x, y + cellHeight - foot, stepMs * pxPerMs + 0.6, foot);
    }
  }, [overview, width, plotHeight, range.fromMs, range.toMs, theme]);
  return <canvas ref={canvas} style={{ left, width, height: plotHeight }} />;
}

function Point({ trace, x, y }: { readonly trace: TraceSummary; readonly x: number; readonly y: number }) {
  const formats = useFormats();
  const text = `${trace.rootService}: ${trace.rootOperation} · ${formats.duration(trace.durationMs)}`;
  return (
    <ScreenLink
      to={`/trace/${trace.traceId}`}
      className="duration-point"
      tabIndex={-1}
      data-error={trace.errors > 0 || undefined}
      style={{ left: x, top: y }}
      title={`${text}\n${formats.dateTime(trace.startMs)}`}
      aria-label={text}
    >
      {''}
    </ScreenLink>
  );
}

function CellTooltip({
  overview: { cells, bands, startMs, stepMs },
  at,
  ms,
  plotWidth,
  plotHeight,
}: {
  readonly overview: TraceOverviewAnswer;
  readonly at: Place;
  readonly ms: number;
  readonly plotWidth: number;
  readonly plotHeight: number;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const step = Math.floor((ms - startMs) / stepMs);
  const band = Math.min(bands.length - 1, Math.floor((1 - at.y / plotHeight) * bands.length));
  const cell = cells.find((one) => one.step === step && one.band === band);
  const bounds = bands[band];
  if (cell === undefined || bounds === undefined) return null;
  return (
    <div
      className="chart-tooltip"
      style={{
        top: Math.max(0, at.y - 20),
        ...(at.x > plotWidth / 2 ? { right: plotWidth - at.x + right + 14 } : { left: left + at.x + 14 }),
      }}
    >
      <div className="chart-tooltip-time num">{formats.dateTime(startMs + step * stepMs)}</div>
      <div className="num">
        {formats.duration(bounds.lowMs)} – {formats.duration(bounds.highMs)}
      </div>
      <strong className="num">
        {t('traces.spansFound', { count: cell.spans, text: formats.integer(cell.spans) })}
      </strong>
      {cell.errors > 0 && <div className="tone-error num">{t('traces.errorCount', { count: cell.errors })}</div>}
    </div>
  );
}
