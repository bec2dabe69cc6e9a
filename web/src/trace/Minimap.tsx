import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { canvasTokens, levelColors, useTheme } from '../chart/tokens.ts';
import type { TraceTree } from './traceTree.ts';
import type { Window } from './waterfall.ts';

const height = 54;
const smallestDragPx = 4;

interface Props {
  readonly tree: TraceTree;
  readonly window: Window;
  readonly onZoom: (window: Window | null) => void;
}

/** The whole trace in fifty pixels on a canvas; drag to zoom, double click for all. */
export function Minimap({ tree, window: shown, onZoom }: Props) {
  const { t } = useTranslation();
  const theme = useTheme();
  const { ref, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (canvas.current === null || context === null || context === undefined || width === 0) return;
    const scale = globalThis.devicePixelRatio;
    canvas.current.width = width * scale;
    canvas.current.height = height * scale;
    context.scale(scale, scale);
    context.fillStyle = canvasTokens[theme].surface;
    context.fillRect(0, 0, width, height);
    const rowHeight = Math.max(0.3, Math.min(4, (height - 8) / tree.spans.length));
    const error = levelColors[theme].error ?? 'red';
    for (const one of tree.spans) {
      context.fillStyle = one.ownError ? error : serviceColor(one.span.service, theme);
      const left = (one.startMs / tree.durationMs) * width;
      context.fillRect(
        left,
        4 + (one.index / tree.spans.length) * (height - 8),
        Math.max(1, (one.durationMs / tree.durationMs) * width),
        rowHeight,
      );
    }
  }, [tree, theme, width]);
  const share = (clientX: number): number => {
    const box = canvas.current?.getBoundingClientRect();
    return box === undefined ? 0 : Math.max(0, Math.min(1, (clientX - box.left) / box.width));
  };
  const end = (): void => {
    if (drag === null) return;
    const from = Math.min(drag.from, drag.to);
    const to = Math.max(drag.from, drag.to);
    if ((to - from) * width > smallestDragPx) onZoom({ fromMs: from * tree.durationMs, toMs: to * tree.durationMs });
    setDrag(null);
  };
  const left = (shown.fromMs / tree.durationMs) * 100;
  const right = 100 - (shown.toMs / tree.durationMs) * 100;
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
