import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { canvasTokens, levelColors, useTheme } from '../chart/tokens.ts';
import { minimapPixels, pixelOf } from './minimapPixels.ts';
import type { Sifted } from './spanFilter.ts';
import type { SpanTable } from './spanTable.ts';
import type { TimeWindow } from './timeWindow.ts';

const height = 54;
const margin = 4;
const smallestDragPx = 4;

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
  const colors = useMemo(
    () => ({
      ground: pixelOf(canvasTokens[theme].surface),
      failed: pixelOf(levelColors[theme].error ?? '#ff0000'),
      services: table.services.map((name) => pixelOf(serviceColor(name, theme))),
    }),
    [table, theme],
  );
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (canvas.current === null || context === null || context === undefined || width === 0) return;
    const scale = globalThis.devicePixelRatio;
    const box = {
      width: Math.round(width * scale),
      height: Math.round(height * scale),
      margin: Math.round(margin * scale),
      scale,
    };
    canvas.current.width = box.width;
    canvas.current.height = box.height;
    const pixels = minimapPixels(table, sifted, colors, box);
    context.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), box.width, box.height), 0, 0);
  }, [table, sifted, colors, width]);
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
