import type { RouteTestAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../i18n/format.ts';
import { type RouteRow, routeId } from './routeRows.ts';

interface Props {
  readonly rows: readonly RouteRow[];
  /** Routes on the way of the alert that is asked about; null when none is. */
  readonly way: ReadonlySet<string> | null;
  readonly taken: RouteTestAnswer | undefined;
  /** The route a link led to. */
  readonly pointed: string | null;
}

/** Routes below one another; what a route takes over from the one above it is left out. */
export function RouteTree({ rows, way, taken, pointed }: Props) {
  const ends = new Set(way === null ? [] : taken?.routes.map(({ path }) => routeId(path)));
  return (
    <ul className="route-tree">
      {rows.map((row) => (
        <RouteLine
          key={row.id}
          row={row}
          state={way === null ? null : ends.has(row.id) ? 'taken' : way.has(row.id) ? 'way' : 'off'}
          pointed={pointed === row.id}
        />
      ))}
    </ul>
  );
}

interface LineProps {
  readonly row: RouteRow;
  readonly state: 'taken' | 'way' | 'off' | null;
  readonly pointed: boolean;
}

function RouteLine({ row: { route, depth, changed, groups, alerts, hiddenBy }, state, pointed }: LineProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const intervals = [
    ...route.muteTimeIntervals.map((name) => t('routing.mutedIn', { name })),
    ...route.activeTimeIntervals.map((name) => t('routing.activeIn', { name })),
  ];
  return (
    <li
      className="route-line"
      data-state={state ?? undefined}
      data-selected={pointed || undefined}
      style={{ marginInlineStart: `${Math.min(depth, 8) * 18}px` }}
    >
      <div className="route-line-head">
        <code className="break">{depth === 0 ? t('routing.all') : route.matchers}</code>
        {route.continues && <span className="chip">{t('routing.continues')}</span>}
        {state === 'taken' && <span className="chip tone-ok">{t('routing.taken')}</span>}
        {hiddenBy !== null && (
          <span className="chip tone-warning">{t('routing.neverReached', { matchers: hiddenBy })}</span>
        )}
        {alerts > 0 && (
          <span className="chip tone-error num">
            {t('routing.live', { count: alerts, groups: formats.integer(groups) })}
          </span>
        )}
      </div>
      <div className="route-facts dim">
        {changed.receiver && (
          <span>
            → <strong>{route.receiver}</strong>{' '}
            {route.integrations.length === 0 ? (
              <span className="tone-warning">{t('routing.tellsNobody')}</span>
            ) : (
              route.integrations.join(', ')
            )}
          </span>
        )}
        {changed.grouping && (
          <span>{t('routing.groupedBy', { labels: groupingText(route.groupBy, t('routing.one')) })}</span>
        )}
        {changed.timing && (
          <span className="num">
            {t('routing.timing', {
              wait: formats.duration(route.groupWaitMs),
              interval: formats.duration(route.groupIntervalMs),
              repeat: formats.duration(route.repeatIntervalMs),
            })}
          </span>
        )}
        {intervals.map((text) => (
          <span key={text}>{text}</span>
        ))}
      </div>
    </li>
  );
}

/** The labels a route groups by, in words. */
export function groupingText(groupBy: readonly string[], together: string): string {
  return groupBy.length === 0 ? together : groupBy.join(', ');
}
