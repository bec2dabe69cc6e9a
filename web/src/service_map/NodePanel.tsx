import { Button } from '@mantine/core';
import { IconBell, IconFlame, IconFocusCentered, IconLogs, IconTimeline, IconX } from '@tabler/icons-react';
import type { MapEdge, MapNode, ServiceMapAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import type { NodeAlerts } from './nodeAlerts.ts';
import { nodeQuery } from './nodeQuery.ts';
import { severityOf } from './visible.ts';

interface Props {
  readonly map: ServiceMapAnswer;
  readonly node: MapNode;
  readonly alerts: NodeAlerts | undefined;
  readonly onSelect: (id: string | null) => void;
  readonly onFocus: (id: string) => void;
}

/** One node: its figures, whom it calls and who calls it, and the ways on from it. */
export function NodePanel({ map, node, alerts, onSelect, onFocus }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const query = nodeQuery(node);
  const severity = severityOf(node.errorRatio);
  const fact = (name: string, value: string, tone = '') => (
    <div>
      <dt className="dim">{name}</dt>
      <dd className={`num strong ${tone}`}>{value}</dd>
    </div>
  );
  const link = (to: string, patch: Readonly<Record<string, string>>, icon: typeof IconLogs, text: string) => {
    const Icon = icon;
    return (
      <Button
        component={ScreenLink}
        to={to}
        with={patch}
        size="compact-xs"
        variant="default"
        leftSection={<Icon size={13} aria-hidden />}
      >
        {text}
      </Button>
    );
  };
  return (
    <Panel
      className="map-panel"
      title={
        <>
          {node.kind === 'service' ? (
            <ScreenLink to={`/services/${encodeURIComponent(node.name)}`}>{node.name}</ScreenLink>
          ) : (
            node.name
          )}{' '}
          <span className="dim">
            {t(`serviceMap.kind.${node.kind}`)}
            {node.system !== '' && ` · ${node.system}`}
          </span>
        </>
      }
      tools={
        <IconButton label={t('serviceMap.close')} onClick={() => onSelect(null)}>
          <IconX size={15} aria-hidden />
        </IconButton>
      }
    >
      <dl className="map-facts">
        {fact(t('serviceMap.rate'), formats.value(node.rate, 'rps'))}
        {fact(
          t('serviceMap.errors'),
          formats.value(node.errorRatio, 'ratio'),
          severity === 'none' ? '' : `tone-${severity}`,
        )}
        {fact(t('serviceMap.p95'), node.p95Ms === null ? '–' : formats.duration(node.p95Ms))}
      </dl>
      <div className="map-links">
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconFocusCentered size={13} aria-hidden />}
          onClick={() => onFocus(node.id)}
        >
          {t('serviceMap.focusHere')}
        </Button>
        {link('/explore/traces', { q: query }, IconTimeline, t('serviceMap.openTraces'))}
        {link('/explore/traces', { q: nodeQuery(node, true) }, IconFlame, t('serviceMap.openErrors'))}
        {node.kind === 'service' &&
          link('/explore/logs', { q: `{service=${JSON.stringify(node.name)}}` }, IconLogs, t('serviceMap.openLogs'))}
        {alerts !== undefined &&
          link('/alerts', { filter: node.name }, IconBell, t('serviceMap.alerts', { count: alerts.count }))}
      </div>
      <Neighbours
        title={t('serviceMap.calledBy')}
        none={t('serviceMap.nobody')}
        map={map}
        edges={map.edges.filter(({ to }) => to === node.id)}
        side="from"
        onSelect={onSelect}
      />
      <Neighbours
        title={t('serviceMap.calls')}
        none={t('serviceMap.nothing')}
        map={map}
        edges={map.edges.filter(({ from }) => from === node.id)}
        side="to"
        onSelect={onSelect}
      />
    </Panel>
  );
}

interface NeighboursProps {
  readonly title: string;
  readonly none: string;
  readonly map: ServiceMapAnswer;
  readonly edges: readonly MapEdge[];
  readonly side: 'from' | 'to';
  readonly onSelect: (id: string) => void;
}

function Neighbours({ title, none, map, edges, side, onSelect }: NeighboursProps) {
  const formats = useFormats();
  const names = new Map(map.nodes.map(({ id, name }) => [id, name]));
  return (
    <section className="map-neighbours">
      <h3>
        {title} <span className="dim num">{edges.length === 0 ? none : edges.length}</span>
      </h3>
      <ul>
        {edges.map((edge) => (
          <li key={edge.from + edge.to + edge.kind}>
            <button type="button" className="text-button" onClick={() => onSelect(edge[side])}>
              {names.get(edge[side]) ?? edge[side]}
            </button>
            <span className="dim num">
              {formats.value(edge.rate, 'rps')} · {formats.duration(edge.p95Ms)}
              {edge.errorRatio > 0 && (
                <span className="tone-error"> · {formats.value(edge.errorRatio, 'ratio')} ✕</span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
