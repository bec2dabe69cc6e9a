import type { AlertGroupNow } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { safeLink } from '../safeLink.ts';

/** The runbook an alert names. */
export function AlertRunbook({ alert: { annotations } }: { readonly alert: AlertGroupNow['alerts'][number] }) {
  const { t } = useTranslation();
  const address = safeLink(annotations.runbook_url ?? annotations.runbook);
  if (address === null) return null;
  return (
    <a href={address} target="_blank" rel="noreferrer">
      {t('alerts.runbook')}
    </a>
  );
}
