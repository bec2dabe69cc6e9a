import { useTranslation } from 'react-i18next';
import { fetchProofOfAll } from '../../data/alertPast.ts';
import { useFormats } from '../../i18n/format.ts';
import { Panel } from '../../states/Panel.tsx';
import { Answered } from '../../states/States.tsx';
import { useAnswer } from '../../states/useAnswer.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { ScreenLink } from '../../url/ScreenLink.tsx';

interface Props {
  readonly file: string;
  readonly group: string;
  readonly rule: string;
  readonly severity: string;
}

const minuteMs = 60_000;

/** Whether the page of a rule would arrive, and what says so. */
export function ProofOfRule({ file, group, rule, severity }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { nowMs } = useTime();
  const answer = useAnswer({
    subject: ['proof-of-all'],
    // Series and receivers are looked at for all rules: once a minute is enough.
    at: [Math.floor(nowMs / minuteMs)],
    ask: fetchProofOfAll,
  });
  return (
    <Panel
      title={t('alertRules.proof')}
      tools={
        <ScreenLink className="chip" to="/proof">
          {t('alertRules.proofBoard')}
        </ScreenLink>
      }
    >
      <Answered answer={answer} height={60}>
        {({ rules }) => {
          const own = rules.filter(({ rule: one }) => one.file === file && one.group === group && one.rule === rule);
          const found = own.find((one) => one.severity === severity) ?? own[0];
          if (found === undefined) return <p className="panel-body dim">{t('alertRules.noProof')}</p>;
          return (
            <div className="panel-body">
              <strong
                className={
                  found.verdict === 'proven' ? 'tone-ok' : found.verdict === 'broken' ? 'tone-error' : 'tone-warning'
                }
              >
                {t(`alertRules.verdicts.${found.verdict}`)}
              </strong>
              <ul className="plain-list">
                {found.doubts.map(({ kind, text }) => (
                  <li key={`${kind} ${text}`} className="break">
                    {text}
                  </li>
                ))}
              </ul>
              <div className="dim">
                {found.lastFiring === null
                  ? t('alertRules.neverFired')
                  : t(found.lastFiring.isDrill ? 'alertRules.lastDrill' : 'alertRules.lastFired', {
                      ago: formats.ago(found.lastFiring.atMs, nowMs),
                    })}
                {found.receivers.map(({ receiver, lastAcceptedMs }) => (
                  <span key={receiver}>
                    {' · '}
                    {receiver}:{' '}
                    {lastAcceptedMs === null ? t('alertRules.neverTook') : formats.ago(lastAcceptedMs, nowMs)}
                  </span>
                ))}
              </div>
            </div>
          );
        }}
      </Answered>
    </Panel>
  );
}
