import { IconAlertTriangle, IconCircleCheck, IconCircleDashed } from '@tabler/icons-react';
import type { IngestSource, Rejection } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useStatus } from '../app/useStatus.ts';
import { en } from '../i18n/en.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { type ArrivalState, arrivalState, sortArrivals } from './arrivals.ts';

type KnownReason = keyof typeof en.data.rejectReasons;

function isKnown(reason: string): reason is KnownReason {
  return Object.hasOwn(en.data.rejectReasons, reason);
}

function isDoor(door: string): door is keyof typeof en.data.doors {
  return Object.hasOwn(en.data.doors, door);
}

function StateMark({ state }: { readonly state: ArrivalState }) {
  const { t } = useTranslation();
  if (state === 'rejecting')
    return <IconAlertTriangle size={15} className="tone-error" role="img" aria-label={t('data.rejects')} />;
  if (state === 'flowing')
    return <IconCircleCheck size={15} className="tone-ok" role="img" aria-label={t('data.flowing')} />;
  return <IconCircleDashed size={15} className="dim" role="img" aria-label={t('data.quiet')} />;
}

function Reject({ one }: { readonly one: Rejection }) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <span className="reject" title={one.words}>
      <strong className="tone-error num">{formats.integer(one.count)}</strong>{' '}
      {isKnown(one.reason) ? t(`data.rejectReasons.${one.reason}`) : one.words}
      {one.setting !== null && (
        <>
          {' '}
          <code className="dim">{one.setting}</code>
        </>
      )}
    </span>
  );
}

function Row({ source, nowMs }: { readonly source: IngestSource; readonly nowMs: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <tr>
      <td>
        <span className="with-icon">
          <StateMark state={arrivalState(source, nowMs)} />
          {source.source !== '' ? source.source : isDoor(source.door) ? t(`data.doors.${source.door}`) : source.door}
        </span>
      </td>
      <td>{t(`data.signals.${source.signal}`)}</td>
      <td className="mono wide-cell">{source.door}</td>
      <td className="right num">
        {source.lastSeenMs === null ? t('data.never') : formats.ago(source.lastSeenMs, nowMs)}
      </td>
      <td className="right num">{t('home.perSecond', { value: formats.value(source.perSecond, 'short') })}</td>
      <td className="right num wide-cell">{formats.integer(source.accepted)}</td>
      <td>
        {source.rejected.length === 0 ? (
          <span className="dim">{t('data.none')}</span>
        ) : (
          source.rejected.map((one) => <Reject key={one.reason} one={one} />)
        )}
      </td>
    </tr>
  );
}

/** Every source on every door: last seen, rate, and what was turned away, in words. */
export function ArrivalsPanel() {
  const { t } = useTranslation();
  const status = useStatus();
  return (
    <Panel title={t('data.arriving')}>
      <Answered answer={status} height={160}>
        {(data) =>
          data.ingest.length === 0 ? (
            <Empty title={t('data.nothing')}>{t('data.nothingHint')}</Empty>
          ) : (
            <div className="scroll-x">
              <table className="table">
                <thead>
                  <tr>
                    <th>{t('data.source')}</th>
                    <th>{t('data.signal')}</th>
                    <th className="wide-cell">{t('data.door')}</th>
                    <th className="right">{t('data.lastSeen')}</th>
                    <th className="right">{t('data.rate')}</th>
                    <th className="right wide-cell">{t('data.accepted')}</th>
                    <th>{t('data.rejects')}</th>
                  </tr>
                </thead>
                <tbody>
                  {sortArrivals(data.ingest, data.nowMs).map((source) => (
                    <Row key={`${source.door}/${source.signal}/${source.source}`} source={source} nowMs={data.nowMs} />
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
