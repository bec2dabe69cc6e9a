import { useTranslation } from 'react-i18next';
import type { AlertingRule, RuleGroup } from '../../data/alerts.ts';
import { safeLink } from '../safeLink.ts';

/** The runbook a rule names. */
export function RuleRunbook({ rule: { annotations } }: { readonly group: RuleGroup; readonly rule: AlertingRule }) {
  const { t } = useTranslation();
  const address = safeLink(annotations.runbook_url ?? annotations.runbook);
  if (address === null) return <p className="dim">{t('alertRules.noRunbook')}</p>;
  return (
    <a href={address} target="_blank" rel="noreferrer">
      {t('alerts.runbook')}
    </a>
  );
}
