import { useTranslation } from 'react-i18next';
import { useStatus } from '../app/useStatus.ts';
import { fetchMasking, fetchNoise } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';

const servicesShown = 4;

/** What masking hid before it was stored, by rule and service. */
export function MaskingPanel() {
  const { t } = useTranslation();
  const formats = useFormats();
  // Asked again whenever the status is.
  const { dataMs } = useStatus();
  const answer = useAnswer({ subject: ['masking'], at: [dataMs], ask: fetchMasking });
  return (
    <Panel title={t('data.masking')}>
      <Answered answer={answer} height={80}>
        {({ enabled, sinceMs, rules }) => (
          <>
            <p className="dim stage-note">
              {enabled ? t('data.maskedSince', { time: formats.dateTime(sinceMs) }) : t('data.maskingOff')}
            </p>
            <div className="scroll-x">
              <table className="table">
                <thead>
                  <tr>
                    <th>{t('data.rule')}</th>
                    <th className="right">{t('data.masked')}</th>
                    <th className="wide-cell">{t('data.maskedIn')}</th>
                  </tr>
                </thead>
                <tbody>
                  {rules.map((rule) => (
                    <tr key={rule.name} data-off={!rule.enabled || undefined}>
                      <td>
                        <span className="mono">{rule.name}</span>{' '}
                        <span className="dim">{rule.enabled ? '' : t('data.ruleOff')}</span>
                      </td>
                      <td className="right num">{formats.integer(rule.count)}</td>
                      <td className="wide-cell dim">
                        {rule.services
                          .slice(0, servicesShown)
                          .map(
                            (one) =>
                              `${one.service === '' ? t('data.several') : one.service} ${formats.integer(one.count)}`,
                          )
                          .join(' · ')}
                        {rule.services.length > servicesShown && ' …'}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </Answered>
    </Panel>
  );
}

/** What the rules of noise control kept from being stored. */
export function NoisePanel() {
  const { t } = useTranslation();
  const formats = useFormats();
  const { dataMs } = useStatus();
  const answer = useAnswer({ subject: ['noise'], at: [dataMs], ask: fetchNoise });
  return (
    <Panel title={t('data.noise')}>
      <Answered answer={answer} height={80}>
        {({ sinceMs, rules }) =>
          rules.length === 0 ? (
            <p className="dim stage-note">{t('data.noNoiseRules')}</p>
          ) : (
            <>
              <p className="dim stage-note">{t('data.savedSince', { time: formats.dateTime(sinceMs) })}</p>
              <div className="scroll-x">
                <table className="table">
                  <thead>
                    <tr>
                      <th>{t('data.rule')}</th>
                      <th>{t('data.action')}</th>
                      <th className="wide-cell">{t('data.appliesTo')}</th>
                      <th className="right">{t('data.savedLines')}</th>
                      <th className="right">{t('data.savedBytes')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {rules.map((rule) => (
                      <tr key={rule.name}>
                        <td className="mono">{rule.name}</td>
                        <td>
                          {t(`data.noiseAction.${rule.action}`)}{' '}
                          <span className="dim num">
                            {rule.keep !== null && t('data.keeps', { share: formats.value(rule.keep, 'ratio') })}
                            {rule.linesPerSecond !== null && t('data.keepsRate', { rate: rule.linesPerSecond })}
                          </span>
                        </td>
                        <td className="wide-cell mono break">
                          {[...rule.services, ...rule.levels, rule.contains, rule.pattern]
                            .filter((one) => one !== null)
                            .join(' · ')}
                        </td>
                        <td className="right num">{formats.integer(rule.savedLines)}</td>
                        <td className="right num">{formats.value(rule.savedBytes, 'bytes')}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </>
          )
        }
      </Answered>
    </Panel>
  );
}
