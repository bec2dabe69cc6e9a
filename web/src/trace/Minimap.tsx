import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { canvasTokens, levelColors, useTheme } from '../chart/tokens.ts';
import { HIDDEN, type Sifted } from './spanFilter.ts';
import type { SpanTable } from './spanTable.ts';
import type { TimeWindow } from './timeWindow.ts';

const height = 54;
const margin = 4;
const smallestDragPx = 4;
const hiddenOpacity = 0.15;

interface Props {
  readonly table: SpanTable;
  readonly sifted: Sifted | null;
  readonly window: TimeWindow;
  readonly onZoom: (window: TimeWindow | null) => void;
}

/** The whole trace in fifty pixels on a canvas; drag to zoom, double click for all. */
export function Minimap({ table, sifted, window: shown, onZoom }: Props) {
  const { t } = useTranslation();
  const theme = useTheme();
  const { ref, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const whole = Math.max(table.durationNs, 1);
  const colors = useMemo(() => table.services.map((name) => serviceColor(name, theme)), [table, theme]);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (canvas.current === null || context === null || context === undefined || width === 0) return;
    const scale = globalThis.devicePixelRatio;
    canvas.current.width = width * scale;
    canvas.current.height = height * scale;
    context.scale(scale, scale);
    context.fillStyle = canvasTokens[theme].surface;
    context.fillRect(0, 0, width, height);
    const rowHeight = Math.max(0.3, Math.min(4, (height - 2 * margin) / table.count));
    const failed = levelColors[theme].error ?? 'red';
    for (let row = 0; row < table.count; row += 1) {
      context.globalAlpha = sifted !== null && sifted.states[row] === HIDDEN ? hiddenOpacity : 1;
      context.fillStyle = table.failed[row] === 1 ? failed : (colors[table.service[row] ?? 0] ?? failed);
      context.fillRect(
        ((table.start[row] ?? 0) / whole) * width,
        margin + (row / table.count) * (height - 2 * margin),
        Math.max(1, ((table.duration[row] ?? 0) / whole) * width),
        rowHeight,
      );
    }
  }, [table, sifted, colors, theme, width, whole]);
  const share = (clientX: number): number => {
    const box = canvas.current?.getBoundingClientRect();
    return box === undefined ? 0 : Math.max(0, Math.min(1, (clientX - box.left) / box.width));
  };
  const end = (): void => {
    if (drag === null) return;
    const from = Math.min(drag.from, drag.to);
    const to = Math.max(drag.from, drag.to);
    if ((to - from) * width > smallestDragPx) onZoom({ from: from * whole, to: to * whole });
    setDrag(null);
  };
  const left = (shown.from / whole) * 100;
  const right = 100 - (shown.to / whole) * 100;
  return (
    <div
      ref={ref}
      className="minimap"
      style={{ height }}
      role="img"
      aria-label={t('trace.minimap')}
      title={t('trace.minimap')}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: share(event.clientX), to: share(event.clientX) });
      }}
      onPointerMove={(event) => drag !== null && setDrag({ ...drag, to: share(event.clientX) })}
      onPointerUp={end}
      onPointerCancel={() => setDrag(null)}
      onDoubleClick={() => onZoom(null)}
    >
      <canvas ref={canvas} style={{ width: '100%', height }} />
      <div className="minimap-shade" style={{ left: 0, width: `${left}%` }} />
      <div className="minimap-shade" style={{ right: 0, width: `${right}%` }} />
      {drag !== null && (
        <div
          className="minimap-drag"
          style={{ left: `${Math.min(drag.from, drag.to) * 100}%`, width: `${Math.abs(drag.to - drag.from) * 100}%` }}
        />
      )}
    </div>
  );
}
