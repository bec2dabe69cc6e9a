import { useTranslation } from 'react-i18next';
import { fetchAlertHistory } from '../../data/alertPast.ts';
import { useFormats } from '../../i18n/format.ts';
import { Panel } from '../../states/Panel.tsx';
import { Answered, PartialNote } from '../../states/States.tsx';
import { useAnswer } from '../../states/useAnswer.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { Happenings } from './Happenings.tsx';
import { StateTimelines } from './StateTimelines.tsx';

/** What the ledger has of a rule over the range of the page. */
export function PastOfRule({ name, group }: { readonly name: string; readonly group: string }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const subject = { alert: name, labels: {} };
  const answer = useAnswer({
    subject: ['alert-history', subject],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchAlertHistory(subject, range, signal),
    enabled: name !== '',
  });
  const isOwn = ({ rule }: { readonly rule: { readonly rule: string; readonly group: string } }): boolean =>
    rule.rule === name && (group === '' || rule.group === group);
  return (
    <>
      <Panel title={t('alertPast.title')}>
        <Answered answer={answer} height={80}>
          {(history) => (
            <>
              {history.truncated && <PartialNote warnings={[t('alertPast.truncated')]} />}
              <StateTimelines series={history.series.filter(isOwn)} range={range} named={false} />
              {history.blind.filter(isOwn).map(({ fromMs, toMs, error }) => (
                <div key={`${fromMs} ${error}`} className="note tone-warning break">
                  {t('alertPast.blind', {
                    from: formats.short(fromMs),
                    to: toMs === null ? t('alertPast.now') : formats.short(toMs),
                    error,
                  })}
                </div>
              ))}
            </>
          )}
        </Answered>
      </Panel>
      <Panel title={t('alertPast.notifications')}>
        <Answered answer={answer} height={80}>
          {(history) => <Happenings history={history} />}
        </Answered>
      </Panel>
    </>
  );
}
