import type { SamplingAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useStatus } from '../app/useStatus.ts';
import { fetchSampling } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';

/** Which traces are stored, what each rule kept, and the series made from spans. */
export function SamplingPanel() {
  const { t } = useTranslation();
  const formats = useFormats();
  // Asked again whenever the status is.
  const { dataMs } = useStatus();
  const answer = useAnswer({ subject: ['sampling'], at: [dataMs], ask: fetchSampling });
  return (
    <Panel title={t('data.sampling')}>
      <Answered answer={answer} height={80}>
        {(sampling) => (
          <>
            <p className="dim stage-note">{noteOf(sampling)}</p>
            {isSampled(sampling) && <Rules rules={sampling.rules} />}
            {sampling.heldRequests > 0 && (
              <p className="dim stage-note">
                {t('data.waitingSpans', {
                  requests: formats.integer(sampling.heldRequests),
                  bytes: formats.value(sampling.heldBytes, 'bytes'),
                })}
              </p>
            )}
            {sampling.spanMetrics.enabled && (
              <p className="dim stage-note">
                {t('data.spanSeries', {
                  keys: formats.integer(sampling.spanMetrics.keys),
                  limit: formats.integer(sampling.spanMetrics.limit),
                })}{' '}
                {sampling.spanMetrics.overflowed > 0 &&
                  t('data.spanSeriesOver', { count: sampling.spanMetrics.overflowed })}
              </p>
            )}
          </>
        )}
      </Answered>
    </Panel>
  );

  function noteOf(sampling: SamplingAnswer): string {
    if (!isSampled(sampling)) return t('data.noSampling');
    const time = formats.dateTime(sampling.sinceMs);
    return sampling.trial ? t('data.samplingTrial', { time }) : t('data.sampledSince', { time });
  }
}

function isSampled({ rules }: SamplingAnswer): boolean {
  return rules.length > 1 || rules.some(({ keep }) => keep < 1);
}

function Rules({ rules }: Pick<SamplingAnswer, 'rules'>) {
  const { t } = useTranslation();
  const formats = useFormats();
  const conditionsOf = (rule: SamplingAnswer['rules'][number]): string => {
    const conditions = [
      ...rule.services,
      rule.status,
      rule.slowerThanMs === null ? null : t('data.slowerThan', { duration: formats.value(rule.slowerThanMs, 'ms') }),
      ...Object.entries(rule.attributes).map(([name, value]) => `${name}=${value}`),
    ].filter((one) => one !== null);
    return conditions.length === 0 ? t('data.everyTrace') : conditions.join(' · ');
  };
  return (
    <div className="scroll-x">
      <table className="table">
        <thead>
          <tr>
            <th>{t('data.rule')}</th>
            <th className="right">{t('data.keptShare')}</th>
            <th className="wide-cell">{t('data.appliesTo')}</th>
            <th className="right">{t('data.decidedSpans')}</th>
            <th className="right">{t('data.keptSpans')}</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <tr key={rule.name}>
              <td className="mono">{rule.name}</td>
              <td className="right num">{formats.value(rule.keep, 'ratio')}</td>
              <td className="wide-cell break">{conditionsOf(rule)}</td>
              <td className="right num">{formats.integer(rule.spans)}</td>
              <td className="right num">{formats.integer(rule.keptSpans)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
