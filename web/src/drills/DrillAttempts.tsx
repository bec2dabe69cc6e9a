import type { DrillRun } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';

/** Every attempt at a receiver with the drill's alert in it, with the provider's answer. */
export function DrillAttempts({ attempts }: Pick<DrillRun, 'attempts'>) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <div className="scroll-x">
      <table className="table">
        <thead>
          <tr>
            <th>{t('drills.time')}</th>
            <th>{t('drills.receiver')}</th>
            <th>{t('drills.answer')}</th>
            <th className="right wide-cell">{t('drills.took')}</th>
            <th className="wide-cell">{t('drills.about')}</th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((attempt) => (
            <tr key={`${attempt.atMs} ${attempt.receiver} ${attempt.integration} ${attempt.resolved}`}>
              <td className="num">{formats.clock(attempt.atMs).slice(0, 8)}</td>
              <td className="break">
                {attempt.receiver}
                <div className="dim">{attempt.integration}</div>
              </td>
              <td className="break">
                <span className={attempt.outcome === 'accepted' ? 'tone-ok' : 'tone-error'}>
                  {t(`drills.attempt.${attempt.outcome}`)}
                </span>
                {attempt.status > 0 && <span className="num"> {attempt.status}</span>}
                {attempt.providerId !== '' && <span className="mono"> {attempt.providerId}</span>}
                {attempt.error !== '' && <div className="tone-error">{attempt.error}</div>}
              </td>
              <td className="right num wide-cell">{formats.duration(attempt.latencyMs)}</td>
              <td className="wide-cell">{t(attempt.resolved ? 'drills.toldEnd' : 'drills.toldFiring')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
