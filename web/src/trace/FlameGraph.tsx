import { useElementSize } from '@mantine/hooks';
import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { paletteColor, serviceColor } from '../chart/palette.ts';
import { canvasTokens, levelColors, useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { drawFlame } from './drawFlame.ts';
import { flameLanes, rowAt } from './flameLanes.ts';
import { operationOf, serviceOf } from './spanTable.ts';
import { panZoom, type TimeWindow } from './timeWindow.ts';
import { type DrawnProps, Ruler } from './Waterfall.tsx';

/** Height of a lane, CSS pixels. */
const laneHeight = 20;
const slackPx = 1;

interface Props extends DrawnProps {
  readonly onZoom: (window: TimeWindow | null) => void;
}

/** Spans below their parents over time on a canvas, only the visible lanes drawn; wheel with Ctrl zooms, a click chooses. */
export function FlameGraph({ table, model, window: shown, onSelect, onZoom }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const { ref, width, height } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [top, setTop] = useState(0);
  const [hover, setHover] = useState<{ readonly row: number; readonly x: number; readonly y: number } | null>(null);
  const lanes = useMemo(() => flameLanes(table), [table]);
  const colors = useMemo(() => table.services.map((name) => serviceColor(name, theme)), [table, theme]);
  const { sifted, selected, critical } = model;
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d') ?? null;
    if (element === null || context === null || width === 0) return;
    const ratio = globalThis.devicePixelRatio || 1;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    const tokens = canvasTokens[theme];
    const inks = {
      colors,
      error: levelColors[theme].error ?? paletteColor(0, theme),
      surface: tokens.surface,
      text: theme === 'dark' ? '#0b0e12' : '#ffffff',
      selected: tokens.text,
    };
    drawFlame(
      context,
      { table, lanes, sifted, critical, selected, window: shown, width, height, top, laneHeight },
      inks,
    );
  }, [table, lanes, sifted, critical, selected, shown, width, height, top, colors, theme]);
  const nsPerPx = (shown.to - shown.from) / Math.max(1, width);
  const hit = (event: PointerEvent): number => {
    const box = event.currentTarget.getBoundingClientRect();
    const lane = Math.floor((event.clientY - box.top + top) / laneHeight);
    return rowAt(table, lanes, lane, shown.from + (event.clientX - box.left) * nsPerPx, slackPx * nsPerPx);
  };
  return (
    <>
      <Ruler window={shown} label={null} />
      <div
        ref={ref}
        className="flame"
        role="img"
        aria-label={t('trace.form.flame')}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onWheel={(event) => {
          if (event.ctrlKey) onZoom(panZoom(shown, table.durationNs, 0, event.deltaY > 0 ? 1.25 : 0.8));
        }}
      >
        <div style={{ height: lanes.count * laneHeight }}>
          <canvas
            ref={canvas}
            style={{ width, height }}
            onPointerMove={(event) => setHover({ row: hit(event), x: event.clientX, y: event.clientY })}
            onPointerLeave={() => setHover(null)}
            onPointerUp={(event) => {
              const row = hit(event);
              if (row >= 0) onSelect(row);
            }}
            onDoubleClick={() => {
              if (hover === null || hover.row < 0) onZoom(null);
              else {
                const from = table.start[hover.row] ?? 0;
                onZoom({ from, to: from + Math.max(1, table.duration[hover.row] ?? 0) });
              }
            }}
          />
        </div>
      </div>
      {hover !== null && hover.row >= 0 && (
        <div
          className="flame-tip"
          style={{ left: Math.min(hover.x + 14, globalThis.innerWidth - 320), top: hover.y + 16 }}
        >
          <strong>{serviceOf(table, hover.row)}</strong> {operationOf(table, hover.row)}
          <div className="num dim">
            {formats.duration((table.duration[hover.row] ?? 0) / 1e6)} · {t('trace.selfTime')}{' '}
            {formats.duration((table.self[hover.row] ?? 0) / 1e6)}
          </div>
        </div>
      )}
    </>
  );
}
