import { useTranslation } from 'react-i18next';
import { useStatus } from '../app/useStatus.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered } from '../states/States.tsx';

/** The store, the write-ahead log and how long things are kept. */
export function StorePanel() {
  const { t } = useTranslation();
  const status = useStatus();
  const formats = useFormats();
  return (
    <Panel title={t('data.store')}>
      <Answered answer={status} height={80}>
        {({ store, wal, retentionDays, version, uptimeMs }) => (
          <dl className="data-facts num">
            <div>
              <dt>{t('data.store')}</dt>
              <dd>
                {t(`data.state.${store.state}`)} · {t(`data.mode.${store.mode}`)} ·{' '}
                {t('data.restarts', { count: store.restarts })}
              </dd>
            </div>
            <div>
              <dt>{t('data.wal')}</dt>
              <dd>
                {formats.value(wal.bytes, 'bytes')} ·{' '}
                {wal.behindMs < 1000 ? t('data.level') : t('data.behindBy', { time: formats.duration(wal.behindMs) })}
                {wal.poisoned && <strong className="tone-error"> · {t('data.poisoned')}</strong>}
              </dd>
            </div>
            <div>
              <dt>{t('home.disk')}</dt>
              <dd>
                {t('data.free', { share: formats.value(wal.diskFreeRatio, 'ratio') })} ·{' '}
                {formats.value(wal.diskFreeBytes, 'bytes')}
              </dd>
            </div>
            <div>
              <dt>{t('data.retention')}</dt>
              <dd>
                {(['metrics', 'logs', 'traces'] as const)
                  .map((signal) => `${t(`data.signals.${signal}`)} ${t('data.days', { count: retentionDays[signal] })}`)
                  .join(' · ')}
              </dd>
            </div>
            <div>
              <dt>Trilith</dt>
              <dd>
                {t('home.version', { version })} · {t('home.uptime', { time: formats.duration(uptimeMs) })}
              </dd>
            </div>
          </dl>
        )}
      </Answered>
    </Panel>
  );
}
