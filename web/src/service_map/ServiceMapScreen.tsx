import { Button } from '@mantine/core';
import type { ServiceMapAnswer } from '@trilith/contract';
import { useDeferredValue, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { keymap } from '../app/keymap.ts';
import { useShortcuts } from '../app/Shortcuts.tsx';
import { useScope } from '../app/useServices.ts';
import { useTitle } from '../app/useTitle.ts';
import { fetchAlertsNow } from '../data/alerts.ts';
import { fetchServiceMap } from '../data/traces.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty, PartialNote } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { EdgeTable } from './EdgeTable.tsx';
import { MapGraph } from './MapGraph.tsx';
import { MapTime } from './MapTime.tsx';
import { MapToolbar } from './MapToolbar.tsx';
import { filteredMap } from './mapFilter.ts';
import { NodePanel } from './NodePanel.tsx';
import { alertsByService } from './nodeAlerts.ts';
import { type MapView, useMapView } from './useMapView.ts';
import { firstFocus, visibleMap } from './visible.ts';

/** Who calls whom in the range: a drawing, the same as a table, and one node in detail. */
export function ServiceMapScreen() {
  const { t } = useTranslation();
  const view = useMapView();
  const { range } = useTime();
  useTitle(t('serviceMap.title'));
  const answer = useAnswer({
    subject: ['service-map'],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchServiceMap(range, signal),
  });
  return (
    <div className="service-map">
      <h1 className="visually-hidden">{t('serviceMap.title')}</h1>
      <MapTime />
      <Answered answer={answer} height={420}>
        {(map) =>
          map.edges.length === 0 ? (
            <Empty title={t('serviceMap.empty')} height={320}>
              <span>{t('serviceMap.emptyHint')}</span>
              <ScreenLink to="/data">{t('home.sendData')}</ScreenLink>
            </Empty>
          ) : (
            <MapOf map={map} view={view} />
          )
        }
      </Answered>
    </div>
  );
}

function MapOf({ map, view }: { readonly map: ServiceMapAnswer; readonly view: MapView }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const scope = useScope();
  const filter = useDeferredValue(view.filter);
  const scoped = useMemo(() => filteredMap(map, filter), [map, filter]);
  const wanted = view.focus === 'all' ? null : (view.focus ?? firstFocus(scoped, scope));
  const focus = scoped.nodes.some(({ id }) => id === wanted) ? wanted : null;
  const shown = visibleMap(scoped, { focus, depth: view.depth, rare: view.rare });
  const alerts = useNodeAlerts(map);
  const open = map.nodes.find(({ id }) => id === view.open);
  const select = (node: string | null): void => view.set({ node }, { replace: true });
  useShortcuts([{ id: 'close', strokes: keymap.close, run: () => select(null) }]);
  return (
    <>
      <MapToolbar view={view} map={map} shown={shown} focus={focus} />
      {map.notes.partial && <PartialNote warnings={map.notes.warnings} />}
      {map.sampled < 1 && (
        <p className="note tone-warning">{t('serviceMap.sampled', { share: formats.value(map.sampled, 'ratio') })}</p>
      )}
      {scoped.nodes.length === 0 && (
        <Empty title={t('serviceMap.noneMatch')} height={320}>
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => view.set({ find: null, kind: null, errors: null })}
          >
            {t('serviceMap.clearFilters')}
          </Button>
        </Empty>
      )}
      {scoped.nodes.length > 0 && (
        <>
          <div className="map-body" data-open={open !== undefined || undefined}>
            <section className="panel map-drawing">
              <MapGraph
                map={shown}
                alerts={alerts}
                layout={view.layout}
                focus={focus}
                selected={open?.id ?? null}
                search={filter.text}
                onSelect={select}
              />
            </section>
            {open !== undefined && (
              <NodePanel
                map={map}
                node={open}
                alerts={open.kind === 'service' ? alerts.get(open.name) : undefined}
                onSelect={select}
                onFocus={(id) => view.set({ focus: id })}
              />
            )}
          </div>
          <Panel title={t('serviceMap.table')} className="map-calls">
            <EdgeTable nodes={map.nodes} edges={shown.edges} selected={open?.id ?? null} onSelect={select} />
          </Panel>
        </>
      )}
    </>
  );
}

/** What fires about the services of a map; nothing as long as it is not known. */
function useNodeAlerts(map: ServiceMapAnswer): ReturnType<typeof alertsByService> {
  const { nowMs } = useTime();
  const firing = useAnswer({
    subject: ['alerts-now', ''],
    at: [nowMs],
    ask: (signal) => fetchAlertsNow({ matchers: [], text: '' }, signal),
  }).data;
  return useMemo(() => {
    const services = new Set(map.nodes.filter(({ kind }) => kind === 'service').map(({ name }) => name));
    return firing === undefined ? new Map() : alertsByService(firing, services);
  }, [firing, map]);
}
