import { Button } from '@mantine/core';
import type { ServiceRow } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useServices } from '../app/useServices.ts';
import { serviceColor } from '../chart/palette.ts';
import { Sparkline } from '../chart/Sparkline.tsx';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty, PartialNote } from '../states/States.tsx';
import { useTime } from '../time/TimeContext.tsx';
import { rowClick } from '../url/rowClick.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { goTo } from '../url/view.ts';
import { type ServiceSort, sortServices } from './sortServices.ts';

const badErrorRatio = 0.01;

function Row({ service }: { readonly service: ServiceRow }) {
  const formats = useFormats();
  const theme = useTheme();
  const { nowMs } = useTime();
  const path = `/services/${encodeURIComponent(service.name)}`;
  const color = serviceColor(service.name, theme);
  const bad = (service.errorRatio ?? 0) >= badErrorRatio;
  return (
    <tr className="row-link" onClick={rowClick(path)}>
      <td>
        <span className="swatch" style={{ background: color }} />
        <ScreenLink to={path}>{service.name}</ScreenLink>
      </td>
      <td className="trend">
        <Sparkline values={service.sparkline} color={color} />
      </td>
      <td className="right num">{formats.value(service.requestRate, 'rps')}</td>
      <td className={`right num ${bad ? 'tone-error strong' : ''}`}>{formats.value(service.errorRatio, 'ratio')}</td>
      <td className="right num wide-cell">{service.p50Ms === null ? '–' : formats.duration(service.p50Ms)}</td>
      <td className="right num">{service.p95Ms === null ? '–' : formats.duration(service.p95Ms)}</td>
      <td className="right num wide-cell">
        {service.logErrors === 0 ? (
          <span className="dim">0</span>
        ) : (
          <ScreenLink
            to="/explore/logs"
            with={{ q: `{service=${JSON.stringify(service.name)}, level=~"ERROR|CRITICAL|FATAL"}` }}
          >
            {formats.integer(service.logErrors)}
          </ScreenLink>
        )}
      </td>
      <td className="right num dim wide-cell">
        {service.lastSeenMs === null ? '–' : formats.ago(service.lastSeenMs, nowMs)}
      </td>
    </tr>
  );
}

/** Every service of the range with its rate, errors and duration. */
export function ServicesPanel() {
  const { t } = useTranslation();
  const answer = useServices(true);
  const [sort, setSort] = useState<ServiceSort>({ by: 'requestRate', down: true });
  const header = (by: ServiceSort['by'], label: string, className = 'right') => (
    <th className={className} aria-sort={sort.by === by ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        className="th-button"
        onClick={() => setSort({ by, down: sort.by === by ? !sort.down : by !== 'name' })}
      >
        {label}
        {sort.by === by && (sort.down ? ' ↓' : ' ↑')}
      </button>
    </th>
  );
  return (
    <Panel title={t('home.services')}>
      <Answered answer={answer} height={140}>
        {({ services, notes }) =>
          services.length === 0 ? (
            <Empty title={t('home.noServices')}>
              {t('home.noServicesHint')}
              <Button size="compact-xs" variant="light" onClick={() => goTo('/data')}>
                {t('home.sendData')}
              </Button>
            </Empty>
          ) : (
            <div className="scroll-x">
              {notes.partial && <PartialNote warnings={notes.warnings} />}
              <table className="table">
                <thead>
                  <tr>
                    {header('name', t('home.service'), '')}
                    <th className="trend">{t('home.trend')}</th>
                    {header('requestRate', t('home.rate'))}
                    {header('errorRatio', t('home.errors'))}
                    {header('p50Ms', t('home.p50'), 'right wide-cell')}
                    {header('p95Ms', t('home.p95'))}
                    {header('logErrors', t('home.logErrors'), 'right wide-cell')}
                    {header('lastSeenMs', t('home.seen'), 'right wide-cell')}
                  </tr>
                </thead>
                <tbody>
                  {sortServices(services, sort).map((service) => (
                    <Row key={service.name} service={service} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Answered>
    </Panel>
  );
}
