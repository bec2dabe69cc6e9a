import { Menu } from '@mantine/core';
import { IconAlertTriangle, IconBox, IconLogs, IconTimeline, IconZoomIn } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { around } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { goTo } from '../url/view.ts';
import type { PointClick } from './Chart.tsx';

interface Props {
  readonly point: PointClick;
  readonly service: string | null;
  /** True where the page is the service's own, so no link to it is offered. */
  readonly onServicePage?: boolean;
  readonly onClose: () => void;
  /** Further ways from this point. */
  readonly children?: ReactNode;
}

const minuteMs = 60_000;

/** What a point on a graph leads to: the logs and traces of that service and minute. */
export function PointMenu({ point, service, onServicePage = false, onClose, children }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { setRange } = useTime();
  const minute = around(point.ms, minuteMs / 2);
  const logQuery = service === null ? '' : `{service=${JSON.stringify(service)}}`;
  return (
    <Menu opened onChange={(open) => !open && onClose()} position="bottom-start" shadow="md" withinPortal>
      <Menu.Target>
        <span className="point-anchor" style={{ left: point.x, top: point.y }} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('point.title', { time: formats.dateTime(point.ms) })}</Menu.Label>
        <Menu.Item
          leftSection={<IconLogs size={15} aria-hidden />}
          onClick={() => goTo('/explore/logs', { ...minute, q: logQuery })}
        >
          {service === null ? t('point.logsAll') : t('point.logs', { service })}
        </Menu.Item>
        {service !== null && (
          <Menu.Item
            leftSection={<IconAlertTriangle size={15} aria-hidden />}
            onClick={() => goTo('/explore/logs', { ...minute, q: `${logQuery} | level=~"ERROR|CRITICAL|FATAL"` })}
          >
            {t('point.errors', { service })}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconTimeline size={15} aria-hidden />}
          onClick={() => goTo('/explore/traces', { ...minute, service })}
        >
          {service === null ? t('point.tracesAll') : t('point.traces', { service })}
        </Menu.Item>
        {service !== null && (
          <Menu.Item
            leftSection={<IconTimeline size={15} aria-hidden />}
            onClick={() => goTo('/explore/traces', { ...minute, service, order: 'longest' })}
          >
            {t('point.slowest', { service })}
          </Menu.Item>
        )}
        {children}
        {service !== null && (
          <Menu.Item
            leftSection={<IconLogs size={15} aria-hidden />}
            onClick={() => goTo(`/services/${encodeURIComponent(service)}/signals`, around(point.ms, 5 * minuteMs))}
          >
            {t('context.service', { service })}
          </Menu.Item>
        )}
        {service !== null && !onServicePage && (
          <Menu.Item
            leftSection={<IconBox size={15} aria-hidden />}
            onClick={() => goTo(`/services/${encodeURIComponent(service)}`, around(point.ms, 15 * minuteMs))}
          >
            {t('point.service', { service })}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconZoomIn size={15} aria-hidden />}
          onClick={() => setRange(around(point.ms, 5 * minuteMs))}
        >
          {t('point.zoom')}
        </Menu.Item>
        {service === null && <div className="menu-note">{t('point.noService')}</div>}
      </Menu.Dropdown>
    </Menu>
  );
}
