import { useTranslation } from 'react-i18next';
import type { NotifiedGroup } from '../data/alerts.ts';
import { useFormats } from '../i18n/format.ts';
import { safeLink } from './safeLink.ts';

type Alert = NotifiedGroup['alerts'][number];

interface Props {
  readonly groups: readonly NotifiedGroup[];
  readonly nowMs: number;
}

/** A card for each group of alerts: what it is about, who is told, and each alert with its age. */
export function FiringGroups({ groups, nowMs }: Props) {
  const { t } = useTranslation();
  return (
    <ul className="alert-groups">
      {groups.map((group) => (
        <li key={`${group.receiver.name} ${JSON.stringify(group.labels)}`} className="alert-group">
          <div className="alert-group-head">
            <LabelList labels={group.labels} />
            <span className="dim">{t('alerts.toldTo', { receiver: group.receiver.name })}</span>
          </div>
          <ul>
            {group.alerts.map((alert) => (
              <AlertLine key={alert.fingerprint} alert={alert} hidden={group.labels} nowMs={nowMs} />
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

interface AlertProps {
  readonly alert: Alert;
  /** Labels the group has said already. */
  readonly hidden: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

function AlertLine({ alert, hidden, nowMs }: AlertProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { labels, annotations, status } = alert;
  const own = Object.fromEntries(
    Object.entries(labels).filter(([name]) => name !== 'alertname' && !Object.hasOwn(hidden, name)),
  );
  const runbook = safeLink(annotations.runbook_url ?? annotations.runbook);
  const muted = mutedBy(status);
  return (
    <li className="alert-line" data-severity={labels.severity} data-muted={muted !== null || undefined}>
      <div>
        <strong>{labels.alertname}</strong> <LabelList labels={own} />
        <span className="dim num"> {formats.ago(Date.parse(alert.startsAt), nowMs)}</span>
        {muted !== null && <span className="chip">{t(`alerts.muted.${muted}`)}</span>}
        {runbook !== null && (
          <a href={runbook} target="_blank" rel="noreferrer">
            {t('alerts.runbook')}
          </a>
        )}
      </div>
      {annotations.summary !== undefined && <div className="break">{annotations.summary}</div>}
    </li>
  );
}

function mutedBy({ silencedBy, inhibitedBy, mutedBy: intervals }: Alert['status']) {
  if (silencedBy.length > 0) return 'silenced';
  if (inhibitedBy.length > 0) return 'inhibited';
  return intervals.length > 0 ? 'interval' : null;
}

function LabelList({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  return Object.entries(labels).map(([name, value]) => (
    <span key={name} className="alert-label mono">
      {name}={value}
    </span>
  ));
}
