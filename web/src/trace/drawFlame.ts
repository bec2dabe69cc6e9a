import type { CriticalPath } from './criticalPath.ts';
import type { FlameLanes } from './flameLanes.ts';
import { isSeen, type Sifted } from './spanFilter.ts';
import { operationOf, type SpanTable } from './spanTable.ts';
import type { TimeWindow } from './timeWindow.ts';

export interface FlameDrawing {
  readonly table: SpanTable;
  readonly lanes: FlameLanes;
  readonly sifted: Sifted | null;
  readonly critical: CriticalPath;
  /** The chosen row, -1 for none. */
  readonly selected: number;
  readonly window: TimeWindow;
  /** Of the canvas; `top` is how far it is scrolled. CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly top: number;
  readonly laneHeight: number;
}

export interface FlameInks {
  /** By service place. */
  readonly colors: readonly string[];
  readonly error: string;
  readonly surface: string;
  readonly text: string;
  readonly selected: string;
}

const narrowestLabelPx = 36;
const hiddenOpacity = 0.18;

/** Draws the visible lanes. Spans narrower than a pixel that fall on one just drawn are left out. */
export function drawFlame(context: CanvasRenderingContext2D, drawing: FlameDrawing, inks: FlameInks): void {
  const { table, lanes, sifted, critical, selected, window, width, height, top, laneHeight } = drawing;
  context.fillStyle = inks.surface;
  context.fillRect(0, 0, width, height);
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  const scale = width / (window.to - window.from);
  const drawnTo = new Float64Array(lanes.count).fill(-1);
  for (let row = 0; row < table.count; row += 1) {
    const lane = lanes.of[row] ?? 0;
    const y = lane * laneHeight - top;
    if (y + laneHeight < 0 || y > height) continue;
    const from = Math.max(0, ((table.start[row] ?? 0) - window.from) * scale);
    const to = Math.min(width, ((table.start[row] ?? 0) + (table.duration[row] ?? 0) - window.from) * scale);
    if (to < 0 || from > width || to < from) continue;
    const wide = Math.max(0.7, to - from - 0.5);
    if (from + wide <= (drawnTo[lane] ?? -1) && row !== selected) continue;
    drawnTo[lane] = from + Math.max(1, wide);
    context.globalAlpha = isSeen(sifted, row) ? 1 : hiddenOpacity;
    context.fillStyle = inks.colors[table.service[row] ?? 0] ?? inks.error;
    context.fillRect(from, y + 1, wide, laneHeight - 2);
    if (table.failed[row] === 1) {
      context.fillStyle = inks.error;
      context.fillRect(from, y + 1, wide, 3);
    }
    if (critical.on[row] === 1) {
      context.fillStyle = inks.selected;
      context.fillRect(from, y + laneHeight - 3, wide, 2);
    }
    if (row === selected) {
      context.strokeStyle = inks.selected;
      context.lineWidth = 2;
      context.strokeRect(from + 1, y + 2, Math.max(1, wide - 2), laneHeight - 4);
    }
    if (wide >= narrowestLabelPx) label(context, operationOf(table, row), from, y, wide, laneHeight, inks.text);
  }
  context.globalAlpha = 1;
}

function label(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  wide: number,
  laneHeight: number,
  ink: string,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, wide - 3, laneHeight);
  context.clip();
  context.fillStyle = ink;
  context.fillText(text, x + 4, y + laneHeight / 2);
  context.restore();
}
