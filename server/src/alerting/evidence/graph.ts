import { encodePng } from './png.ts';
import { ADVANCE, createRaster, drawLine, drawText, type Point, type Raster } from './raster.ts';

/** A line of a graph. */
export interface GraphSeries {
  readonly name: string;
  /** In order of time, ms since the epoch. */
  readonly points: readonly (readonly [timeMs: number, value: number])[];
}

export interface Graph {
  /** Cut to the width of the picture. */
  readonly title: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly series: readonly GraphSeries[];
  /** What the values were compared with; undefined for none. */
  readonly threshold: number | undefined;
  /** A value further apart in time from the one before than this is not joined to it. */
  readonly gapMs: number;
}

const WIDTH = 640;
const HEIGHT = 240;
/** Around the drawing area: labels of the axes, title and legend stand there. */
const MARGIN = { left: 58, right: 10, top: 18, bottom: 30 } as const;
const ROWS = 4;
const COLUMNS = 6;
const DASH = 4;

/** Background, grid, text, threshold, then the lines: told apart by people who do not see colours alike (Okabe and Ito). */
const PALETTE = ['#ffffff', '#e3e3e3', '#333333', '#d00000', '#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9'];
const [GRID, TEXT, THRESHOLD, FIRST_LINE] = [1, 2, 3, 4];
const MOST_LINES = PALETTE.length - FIRST_LINE;

/** A PNG of 640 × 240: lines over time with the threshold dashed across. Times are UTC. */
export function drawGraph(graph: Graph): Uint8Array<ArrayBuffer> {
  const raster = createRaster(WIDTH, HEIGHT);
  const range = valueRange(graph);
  const at = (timeMs: number, value: number): Point => ({
    x: MARGIN.left + ((timeMs - graph.fromMs) / (graph.toMs - graph.fromMs)) * (WIDTH - MARGIN.left - MARGIN.right),
    y:
      HEIGHT - MARGIN.bottom - ((value - range.low) / (range.high - range.low)) * (HEIGHT - MARGIN.top - MARGIN.bottom),
  });
  drawGrid(raster, graph, range, at);
  if (graph.threshold !== undefined) {
    drawLine(raster, at(graph.fromMs, graph.threshold), at(graph.toMs, graph.threshold), THRESHOLD, DASH);
  }
  for (const [i, { points }] of graph.series.slice(0, MOST_LINES).entries()) {
    drawSeries(raster, points, graph.gapMs, at, FIRST_LINE + i);
  }
  drawText(raster, fitting(graph.title, WIDTH - 12), { x: 6, y: 5 }, TEXT);
  drawLegend(raster, graph.series.slice(0, MOST_LINES));
  return encodePng(raster, PALETTE);
}

type Place = (timeMs: number, value: number) => Point;

interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** All values and the threshold, with a little room; from zero where everything is positive. */
function valueRange({ series, threshold }: Graph): ValueRange {
  const values = series.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  if (threshold !== undefined && Number.isFinite(threshold)) values.push(threshold);
  const low = values.reduce((least, value) => Math.min(least, value), 0);
  const high = values.reduce((most, value) => Math.max(most, value), 0);
  if (low === high) return { low, high: low + 1 };
  const room = (high - low) * 0.08;
  return { low: low < 0 ? low - room : 0, high: high > 0 ? high + room : 0 };
}

function drawGrid(raster: Raster, graph: Graph, { low, high }: ValueRange, at: Place): void {
  for (let row = 0; row <= ROWS; row++) {
    const value = low + ((high - low) * row) / ROWS;
    const { x, y } = at(graph.fromMs, value);
    drawLine(raster, { x, y }, at(graph.toMs, value), GRID);
    const label = shortNumber(value);
    drawText(raster, label, { x: MARGIN.left - 4 - label.length * ADVANCE, y: y - 3 }, TEXT);
  }
  for (let column = 0; column <= COLUMNS; column++) {
    const timeMs = graph.fromMs + ((graph.toMs - graph.fromMs) * column) / COLUMNS;
    const { x } = at(timeMs, low);
    drawLine(raster, at(timeMs, low), at(timeMs, high), GRID);
    const label = new Date(timeMs).toISOString().slice(11, 16);
    const width = label.length * ADVANCE;
    drawText(raster, label, { x: Math.min(x - width / 2, WIDTH - width), y: HEIGHT - MARGIN.bottom + 5 }, TEXT);
  }
}

function drawSeries(raster: Raster, points: GraphSeries['points'], gapMs: number, at: Place, color: number): void {
  let previous: { readonly timeMs: number; readonly point: Point } | undefined;
  for (const [timeMs, value] of points) {
    if (!Number.isFinite(value)) {
      previous = undefined;
      continue;
    }
    const point = at(timeMs, value);
    const joined = previous !== undefined && timeMs - previous.timeMs <= gapMs;
    const from = joined && previous !== undefined ? previous.point : point;
    // Two pixels thick, so that it is seen on a phone.
    for (const shift of [0, 1])
      drawLine(raster, { x: from.x, y: from.y + shift }, { x: point.x, y: point.y + shift }, color);
    previous = { timeMs, point };
  }
}

function drawLegend(raster: Raster, series: readonly GraphSeries[]): void {
  let x = 6;
  const y = HEIGHT - 12;
  for (const [i, { name }] of series.entries()) {
    const label = fitting(name, Math.min(240, WIDTH - x - 24));
    if (label === '') return;
    for (const row of [2, 3, 4]) drawLine(raster, { x, y: y + row }, { x: x + 10, y: y + row }, FIRST_LINE + i);
    drawText(raster, label, { x: x + 14, y }, TEXT);
    x += 26 + label.length * ADVANCE;
  }
}

/** As much of a text as fits into so many pixels. */
function fitting(text: string, width: number): string {
  const most = Math.max(0, Math.floor(width / ADVANCE));
  const characters = [...text.replaceAll(/\s+/g, ' ')];
  if (characters.length <= most) return characters.join('');
  return most < 4 ? '' : `${characters.slice(0, most - 3).join('')}...`;
}

const UNITS: readonly (readonly [size: number, unit: string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  const [scale, unit] = UNITS.find(([from]) => size >= from) ?? [1, ''];
  const scaled = value / scale;
  return `${size < 1e-3 ? scaled.toExponential(0) : Number(scaled.toPrecision(3))}${unit}`;
}
