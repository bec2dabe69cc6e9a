import { useTranslation } from 'react-i18next';
import type { RuleGroups } from '../../data/alerts.ts';
import { useFormats } from '../../i18n/format.ts';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { LabelChips } from '../labels/LabelChips.tsx';
import { rulePage, ruleQuery } from '../rulePath.ts';

const shown = 20;

/** Alerts whose condition holds and whose `for` is not over: when each would fire. */
export function PendingAlerts({ groups, nowMs }: { readonly groups: RuleGroups; readonly nowMs: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const pending = groups
    .flatMap((group) =>
      group.rules.flatMap((rule) =>
        rule.type === 'recording'
          ? []
          : rule.alerts
              .filter(({ state }) => state === 'pending')
              .map((alert) => ({
                group,
                rule,
                alert,
                firesMs: Date.parse(alert.activeAt ?? '') + rule.duration * 1000,
              })),
      ),
    )
    .sort((a, b) => a.firesMs - b.firesMs);
  if (pending.length === 0) return <p className="dim pending-none">{t('alerts.nonePending')}</p>;
  return (
    <ul className="pending-alerts">
      {pending.slice(0, shown).map(({ group, rule, alert, firesMs }) => {
        const { alertname, ...labels } = alert.labels;
        return (
          <li key={`${group.file} ${group.name} ${JSON.stringify(alert.labels)}`}>
            <ScreenLink to={rulePage} with={ruleQuery({ rule: rule.name, group: group.name, file: group.file })}>
              {alertname}
            </ScreenLink>{' '}
            <LabelChips labels={labels} />
            <span className="tone-warning num">
              {firesMs > nowMs
                ? t('alerts.firesIn', { time: formats.duration(firesMs - nowMs) })
                : t('alerts.firesNow')}
            </span>
          </li>
        );
      })}
      {pending.length > shown && <li className="dim">{t('alerts.notListed', { count: pending.length - shown })}</li>}
    </ul>
  );
}
