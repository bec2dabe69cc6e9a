import type { MapEdge } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { edgePath, labelPlace } from './edgePath.ts';
import type { Layout, Point } from './layout.ts';
import { type MapColors, severityColor } from './mapColors.ts';
import { severityOf } from './visible.ts';

interface Props {
  readonly edge: MapEdge;
  readonly from: Point;
  readonly to: Point;
  readonly bends: readonly Point[];
  /** What its ends are called. */
  readonly names: readonly [from: string, to: string];
  readonly layout: Layout;
  readonly colors: MapColors;
  readonly labelled: boolean;
  readonly dimmed: boolean;
}

/** A call: as wide as it is frequent, red or amber where it fails, dashed for messages. */
export function MapEdgeLine({ edge, from, to, bends, names, layout, colors, labelled, dimmed }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const severity = severityOf(edge.errorRatio);
  const stroke = severityColor(severity, colors);
  const width = 1.2 + Math.min(5, Math.log10(1 + edge.rate * 60));
  const place = labelPlace(from, to, bends, layout);
  const rate = formats.value(edge.rate, 'rps');
  const errors = formats.value(edge.errorRatio, 'ratio');
  const said = t('serviceMap.edge', {
    from: names[0],
    to: names[1],
    rate,
    errors,
    p95: formats.duration(edge.p95Ms),
  });
  const path = edgePath(from, to, bends, layout);
  const label = severity === 'none' ? `${rate} · ${formats.duration(edge.p95Ms)}` : `${rate} · ${errors} ✕`;
  const arrow = arrowAt(path);
  return (
    <g className="map-edge" opacity={dimmed ? 0.25 : 1}>
      <title>{said}</title>
      <path d={path} fill="none" stroke="transparent" strokeWidth={14} />
      <path
        d={path}
        fill="none"
        stroke={stroke}
        strokeWidth={width}
        {...(edge.kind === 'message' ? { strokeDasharray: '7 5' } : {})}
      />
      {arrow !== null && <path d={arrow} fill={stroke} />}
      {labelled && (
        <text
          x={place.x}
          y={place.y - 5}
          textAnchor="middle"
          fontSize={10.5}
          fill={severity === 'none' ? colors.dim : stroke}
          stroke={colors.surface}
          strokeWidth={3}
          paintOrder="stroke"
        >
          {label}
        </text>
      )}
    </g>
  );
}

/** The head of an arrow at the end of a path; its direction is that of the last control point. */
function arrowAt(path: string): string | null {
  const numbers = path.match(/-?\d+(?:\.\d+)?/g)?.map(Number) ?? [];
  const [bx, by, ax, ay] = [numbers.at(-2), numbers.at(-1), numbers.at(-4), numbers.at(-3)];
  if (bx === undefined || by === undefined || ax === undefined || ay === undefined) return null;
  const length = Math.hypot(bx - ax, by - ay) || 1;
  const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
  const at = (back: number, side: number): string =>
    `${(bx - ux * back - uy * side).toFixed(1)} ${(by - uy * back + ux * side).toFixed(1)}`;
  return `M${at(0, 0)} L${at(9, 4.5)} L${at(9, -4.5)} Z`;
}
