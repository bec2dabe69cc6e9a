import type { AlertHistoryAnswer } from '@trilith/contract';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../i18n/format.ts';
import type { Formats } from '../../i18n/makeFormats.ts';
import { type Happening, happenings } from './timelineRows.ts';

const firstShown = 30;

/** Notifications with what the provider answered, what held alerts back, and what people did: the newest first. */
export function Happenings({ history }: { readonly history: AlertHistoryAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [limit, setLimit] = useState(firstShown);
  const all = happenings(history);
  if (all.length === 0) return <p className="panel-body dim">{t('alertPast.nobodyTold')}</p>;
  return (
    <>
      <div className="scroll-x">
        <table className="table happenings">
          <tbody>
            {all.slice(0, limit).map((one) => (
              <tr key={`${one.kind} ${one.timeMs} ${one.groupKey} ${JSON.stringify(one)}`}>
                <td className="num dim">{formats.short(one.timeMs)}</td>
                <td>
                  <span className={toneOf(one)}>{said(one, t, formats)}</span>
                  {one.kind === 'attempt' && one.error !== '' && <div className="dim break">{one.error}</div>}
                  {one.kind === 'response' && one.note !== '' && <div className="dim break">{one.note}</div>}
                </td>
                <td className="dim break wide-cell mono">{one.groupKey}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {all.length > limit && (
        <button type="button" className="text-button panel-body" onClick={() => setLimit(limit * 5)}>
          {t('actions.more', { count: all.length - limit })}
        </button>
      )}
    </>
  );
}

function toneOf(one: Happening): string | undefined {
  if (one.kind !== 'attempt') return undefined;
  return one.outcome === 'accepted' ? 'tone-ok' : one.outcome === 'failed' ? 'tone-error' : 'tone-warning';
}

function said(one: Happening, t: TFunction, formats: Formats): string {
  switch (one.kind) {
    case 'attempt': {
      const to = `${one.receiver}/${one.integration}`;
      const status = one.status === 0 ? '' : ` ${one.status}`;
      const what = t('alertPast.told', { firing: one.firing, resolved: one.resolved });
      const times = one.times > 1 ? ` ×${formats.integer(one.times)}` : '';
      const took = formats.duration(one.latencyMs);
      return `${to}: ${t(`alertPast.outcomes.${one.outcome}`)}${status}${times} · ${what} · ${took}`;
    }
    case 'held':
      return t('alertPast.held', { receiver: one.receiver, reason: reasonText(one.reason, t), by: one.by.join(', ') });
    case 'response':
      return `${one.person}: ${actionText(one.action, t)}`;
  }
}

const reasons = ['silenced', 'inhibited', 'muted', 'inactive', 'acknowledged'] as const;
const actions = ['acknowledged', 'unacknowledged', 'assigned', 'escalated', 'commented'] as const;

/** Words of the ledger in the page's language; one that is not known yet stands for itself. */
function reasonText(reason: string, t: TFunction): string {
  const known = reasons.find((one) => one === reason);
  return known === undefined ? reason : t(`alertPast.reasons.${known}`);
}

function actionText(action: string, t: TFunction): string {
  const known = actions.find((one) => one === action);
  return known === undefined ? action : t(`alertPast.actions.${known}`);
}
