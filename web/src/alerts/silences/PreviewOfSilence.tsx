import { useDebouncedValue } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { fetchSilencePreview } from '../../data/silences.ts';
import { useFormats } from '../../i18n/format.ts';
import { Panel } from '../../states/Panel.tsx';
import { Answered } from '../../states/States.tsx';
import { useAnswer } from '../../states/useAnswer.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { LabelChips } from '../labels/LabelChips.tsx';

/** What a silence with these matchers holds now, and would have held in the last week. */
export function PreviewOfSilence({ matchers }: { readonly matchers: readonly string[] }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { nowMs } = useTime();
  // Matchers escape line feeds: joined, they are one value that stays the same.
  const [settled] = useDebouncedValue(matchers.join('\n'), 300);
  const answer = useAnswer({
    subject: ['silence-preview', settled],
    at: [],
    ask: (signal) => fetchSilencePreview(settled.split('\n'), signal),
    enabled: settled !== '',
  });
  if (settled === '')
    return (
      <Panel title={t('silences.preview')}>
        <p className="panel-body dim">{t('silences.previewEmpty')}</p>
      </Panel>
    );
  return (
    <Panel title={t('silences.preview')} className="silence-preview">
      <Answered answer={answer} height={80}>
        {({ now, week }) => (
          <div className="panel-body" aria-live="polite">
            <strong>{t('silences.affectsNow', { count: now.count })}</strong>
            <ul className="preview-alerts">
              {now.alerts.slice(0, 10).map(({ labels, startsAtMs, receivers }) => (
                <li key={JSON.stringify(labels)}>
                  <LabelChips labels={labels} />
                  <span className="dim num">
                    {formats.ago(startsAtMs, nowMs)} → {receivers.join(', ')}
                  </span>
                </li>
              ))}
            </ul>
            {now.count > 10 && <span className="dim">{t('alerts.notListed', { count: now.count - 10 })}</span>}
            <strong>{t('silences.affectedWeek', { count: week.firings, alerts: week.alerts })}</strong>
            <ul className="preview-alerts">
              {week.names.map(({ alert, firings }) => (
                <li key={alert}>
                  {alert} <span className="dim num">×{firings}</span>
                </li>
              ))}
            </ul>
            {week.truncated && <span className="tone-warning">{t('silences.truncated')}</span>}
          </div>
        )}
      </Answered>
    </Panel>
  );
}
