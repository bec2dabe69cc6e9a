import type { BacktestAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../i18n/format.ts';
import { LabelChips } from '../labels/LabelChips.tsx';

const listed = 20;

/** What a backtest found: figures, what has to be known to read them, firings and the notifications they make. */
export function BacktestFound({ found }: { readonly found: BacktestAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { totals, rules, notes, fromMs, toMs } = found;
  const errors = rules.filter(({ error }) => error !== '');
  return (
    <>
      <strong className="backtest-total">
        {t('alertRules.backtestTotal', {
          count: totals.pages,
          span: formats.duration(toMs - fromMs),
          firing: formats.duration(totals.firingMs),
        })}
      </strong>
      {errors.map(({ error }) => (
        <div key={error} className="tone-error break">
          {error}
        </div>
      ))}
      {notes.map((note) => (
        <div key={note} className="dim break">
          {note}
        </div>
      ))}
      <Firings found={found} />
      <Notifications found={found} />
    </>
  );
}

function Firings({ found: { rules, totals } }: { readonly found: BacktestAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const firings = rules.flatMap(({ list }) => list).toSorted((a, b) => b.firedAtMs - a.firedAtMs);
  if (firings.length === 0) return null;
  return (
    <>
      <div className="scroll-x">
        <table className="table">
          <thead>
            <tr>
              <th>{t('alertRules.firedAt')}</th>
              <th className="right">{t('alertRules.lasted')}</th>
              <th className="right">{t('alertRules.value')}</th>
              <th>{t('alertRules.labels')}</th>
            </tr>
          </thead>
          <tbody>
            {firings.slice(0, listed).map((firing) => (
              <tr key={`${firing.firedAtMs} ${JSON.stringify(firing.labels)}`}>
                <td className="num">{formats.short(firing.firedAtMs)}</td>
                <td className="right num">
                  {firing.resolvedAtMs === null
                    ? t('alertRules.stillFires')
                    : formats.duration(firing.resolvedAtMs - firing.firedAtMs)}
                </td>
                <td className="right num">{formats.value(firing.value, 'short')}</td>
                <td>
                  <LabelChips labels={rules.length > 1 ? firing.labels : withoutName(firing.labels)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {totals.firings > listed && <p className="dim">{t('alerts.notListed', { count: totals.firings - listed })}</p>}
    </>
  );
}

/** What would have been told to whom, grouped by the routes as they are now: the newest first. */
function Notifications({ found: { notifications, totals } }: { readonly found: BacktestAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (notifications.length === 0) return null;
  return (
    <>
      <h3>{t('alertRules.wouldBeTold', { count: totals.notifications })}</h3>
      <div className="scroll-x">
        <table className="table backtest-told">
          <tbody>
            {notifications
              .toReversed()
              .slice(0, listed)
              .map((one) => (
                <tr key={`${one.timeMs} ${one.receiver} ${JSON.stringify(one.groupLabels)}`}>
                  <td className="num dim">{formats.short(one.timeMs)}</td>
                  <td>{one.receiver}</td>
                  <td className="num">{t('alertPast.told', { firing: one.firing, resolved: one.resolved })}</td>
                  <td>
                    <LabelChips labels={one.groupLabels} />
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function withoutName({ alertname: _, ...labels }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return labels;
}
