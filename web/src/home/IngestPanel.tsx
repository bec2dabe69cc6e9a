import type { IngestSource, Signal } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useStatus } from '../app/useStatus.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered } from '../states/States.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';

const signals: readonly Signal[] = ['metrics', 'logs', 'traces'];

interface SignalTotal {
  readonly signal: Signal;
  readonly perSecond: number;
  readonly rejected: number;
  readonly lastSeenMs: number | null;
}

function totals(ingest: readonly IngestSource[]): readonly SignalTotal[] {
  return signals.map((signal) => {
    const own = ingest.filter((source) => source.signal === signal);
    const seen = own.map((source) => source.lastSeenMs ?? 0);
    return {
      signal,
      perSecond: own.reduce((sum, source) => sum + source.perSecond, 0),
      rejected: own.reduce((sum, source) => sum + source.rejected.reduce((inner, one) => inner + one.count, 0), 0),
      lastSeenMs: Math.max(0, ...seen) || null,
    };
  });
}

/** Does data arrive, and how is the store? */
export function IngestPanel() {
  const { t } = useTranslation();
  const formats = useFormats();
  const status = useStatus();
  return (
    <Panel title={<ScreenLink to="/data">{t('home.ingest')}</ScreenLink>} className="home-ingest">
      <Answered answer={status} height={90}>
        {(data) => (
          <>
            <div className="ingest-totals">
              {totals(data.ingest).map((total) => (
                <ScreenLink key={total.signal} to="/data" className="ingest-total">
                  <span className="dim">{t(`data.signals.${total.signal}`)}</span>
                  <strong className="num">
                    {t('home.perSecond', { value: formats.value(total.perSecond, 'short') })}
                  </strong>
                  {total.rejected > 0 ? (
                    <span className="tone-error">{t('home.rejected', { value: formats.integer(total.rejected) })}</span>
                  ) : (
                    <span className="dim num">
                      {total.lastSeenMs === null ? t('data.never') : formats.ago(total.lastSeenMs, data.nowMs)}
                    </span>
                  )}
                </ScreenLink>
              ))}
            </div>
            <div className="dim ingest-store num">
              {[
                t('home.version', { version: data.version }),
                t('home.uptime', { time: formats.duration(data.uptimeMs) }),
                t('home.log', { size: formats.value(data.wal.bytes, 'bytes') }),
                t('home.diskFree', { share: formats.value(data.wal.diskFreeRatio, 'ratio') }),
              ].join(' · ')}
            </div>
          </>
        )}
      </Answered>
    </Panel>
  );
}
