import type { TraceContextAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { Empty } from '../states/States.tsx';
import { PartFailure } from './PartFailure.tsx';

const quiet = new Set(['__name__', 'alertname', 'alertstate']);

/** Deploys and other changes of the trace's services around it, and alerts that were firing. */
export function ContextChanges({ context }: { readonly context: TraceContextAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const changes = context.changes.value ?? [];
  const alerts = context.alerts.value ?? [];
  const nothing =
    changes.length === 0 && alerts.length === 0 && context.changes.failure === null && context.alerts.failure === null;
  return (
    <>
      <PartFailure failure={context.changes.failure} />
      <PartFailure failure={context.alerts.failure} />
      {nothing && <Empty title={t('context.noChanges')} height={70} />}
      {changes.map((change) => {
        const beforeMs = context.startMs - change.timeMs;
        const when = beforeMs >= 0 ? 'context.before' : 'context.after';
        const text = [t(`point.change.${change.kind}`), change.service, change.title, change.version]
          .filter((one) => one !== '')
          .join(' · ');
        return (
          <div key={change.id} className="context-change">
            <span className="change-dot" aria-hidden />
            <span>
              {change.url === '' ? (
                text
              ) : (
                <a href={change.url} target="_blank" rel="noreferrer">
                  {text}
                </a>
              )}{' '}
              <span className="dim num">
                {t(when, { time: formats.duration(Math.abs(beforeMs)) })} · {formats.dateTime(change.timeMs)}
                {change.author === '' ? '' : ` · ${change.author}`}
              </span>
            </span>
          </div>
        );
      })}
      {alerts.length > 0 && <h3 className="field-group">{t('context.alerts')}</h3>}
      {alerts.map(({ name, labels }) => (
        <div key={name + JSON.stringify(labels)} className="context-change">
          <strong className="tone-error">{name}</strong>
          <span className="dim mono break">
            {Object.entries(labels)
              .filter(([label]) => !quiet.has(label))
              .map(([label, value]) => `${label}=${value}`)
              .join(' ')}
          </span>
        </div>
      ))}
    </>
  );
}
