import type { MapNode, MapNodeKind } from '@trilith/contract';
import type { PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { nodeHeight, nodeWidth, type Point } from './layout.ts';
import { alertColor, type MapColors, severityColor } from './mapColors.ts';
import type { NodeAlerts } from './nodeAlerts.ts';
import { severityOf } from './visible.ts';

interface Props {
  readonly node: MapNode;
  readonly alerts: NodeAlerts | undefined;
  readonly at: Point;
  readonly colors: MapColors;
  readonly selected: boolean;
  readonly focused: boolean;
  readonly dimmed: boolean;
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onOpen: () => void;
}

/** Signs in a box of 18 by 18: a cylinder, a stack, a globe; services have a bar of their colour instead. */
const signs: Readonly<Record<Exclude<MapNodeKind, 'service'>, string>> = {
  database: 'M2 4c0-2.7 14-2.7 14 0v10c0 2.7-14 2.7-14 0zM2 4c0 2.7 14 2.7 14 0M2 9c0 2.7 14 2.7 14 0',
  queue: 'M2 2h14v4H2zM2 7.5h14v4H2zM2 13h14v4H2z',
  external: 'M9 1.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15M1.5 9h15M9 1.5c-4.5 4-4.5 11 0 15M9 1.5c4.5 4 4.5 11 0 15',
};
const longestName = 21;

/** A service, database, queue or outside system with its rate, errors and duration. */
export function MapNodeBox({ node, alerts, at, colors, selected, focused, dimmed, onPointerDown, onOpen }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const severity = severityOf(node.errorRatio);
  const border = selected ? colors.accent : severityColor(severity, colors);
  const rate = formats.value(node.rate, 'rps');
  const p95 = node.p95Ms === null ? '' : formats.duration(node.p95Ms);
  const errors = node.errorRatio === 0 ? '' : `${formats.value(node.errorRatio, 'ratio')} ✕`;
  const figures = [rate, errors, p95].filter((text) => text !== '').join(' · ');
  const firing = alerts === undefined ? '' : `, ${t('serviceMap.alerts', { count: alerts.count })}`;
  const name = node.name.length > longestName ? `${node.name.slice(0, longestName - 1)}…` : node.name;
  return (
    // biome-ignore lint/a11y/useSemanticElements: HTML buttons have no place in a drawing.
    <g
      className="map-node"
      role="button"
      tabIndex={0}
      aria-pressed={selected}
      aria-label={`${node.name}, ${t(`serviceMap.kind.${node.kind}`)}: ${figures}${firing}`}
      transform={`translate(${at.x - nodeWidth / 2} ${at.y - nodeHeight / 2})`}
      opacity={dimmed ? 0.25 : 1}
      onPointerDown={onPointerDown}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onOpen();
      }}
    >
      <title>{`${node.name}${node.system === '' ? '' : ` (${node.system})`}${firing}`}</title>
      {focused && (
        <rect
          x={-4}
          y={-4}
          width={nodeWidth + 8}
          height={nodeHeight + 8}
          rx={12}
          fill="none"
          stroke={colors.accent}
          strokeDasharray="3 3"
        />
      )}
      <rect
        width={nodeWidth}
        height={nodeHeight}
        rx={node.kind === 'service' ? 8 : 22}
        fill={colors.surface}
        stroke={border}
        strokeWidth={selected || focused || severity !== 'none' ? 2 : 1.2}
      />
      {node.kind === 'service' ? (
        <rect x={7} y={8} width={5} height={nodeHeight - 16} rx={2.5} fill={serviceColor(node.name, theme)} />
      ) : (
        <path d={signs[node.kind]} transform="translate(14 14)" fill="none" stroke={colors.dim} strokeWidth={1.4} />
      )}
      <text
        x={node.kind === 'service' ? 20 : 40}
        y={19}
        fontSize={12.5}
        fontWeight={focused ? 700 : 600}
        fill={colors.text}
      >
        {name}
      </text>
      <text
        x={node.kind === 'service' ? 20 : 40}
        y={35}
        fontSize={10.5}
        fill={severity === 'none' ? colors.dim : border}
      >
        {figures}
      </text>
      {alerts !== undefined && <AlertRing alerts={alerts} rx={node.kind === 'service' ? 11 : 25} colors={colors} />}
    </g>
  );
}

/** A ring around a node about which alerts fire, with their number on it. */
function AlertRing({
  alerts,
  rx,
  colors,
}: {
  readonly alerts: NodeAlerts;
  readonly rx: number;
  readonly colors: MapColors;
}) {
  const color = alertColor(alerts.severity, colors);
  return (
    <g className="map-alerts" data-severity={alerts.severity}>
      <rect
        x={-3.5}
        y={-3.5}
        width={nodeWidth + 7}
        height={nodeHeight + 7}
        rx={rx}
        fill="none"
        stroke={color}
        strokeWidth={2.5}
      />
      <circle cx={nodeWidth - 6} cy={-2} r={9} fill={color} stroke={colors.surface} strokeWidth={1.5} />
      <text x={nodeWidth - 6} y={1.8} fontSize={10.5} fontWeight={700} textAnchor="middle" fill={colors.surface}>
        {alerts.count > 99 ? '99' : alerts.count}
      </text>
    </g>
  );
}
