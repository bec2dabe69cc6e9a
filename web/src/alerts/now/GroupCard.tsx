import { Button } from '@mantine/core';
import { IconVolumeOff } from '@tabler/icons-react';
import type { AlertGroupNow, ResponsesAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../i18n/format.ts';
import { type Person, personName } from '../../on_call/PersonMenu.tsx';
import { RespondButtons } from '../../on_call/RespondButtons.tsx';
import { goTo } from '../../url/view.ts';
import { LabelChips } from '../labels/LabelChips.tsx';
import { silencePage, silenceQuery } from '../links.ts';
import { AlertRow } from './AlertRow.tsx';
import { groupSeverity, startOf } from './groupOrder.ts';
import type { AlertValue } from './useAlertValues.ts';
import { WhenTold } from './WhenTold.tsx';

interface Props {
  readonly group: AlertGroupNow;
  readonly response: ResponsesAnswer['responses'][number] | undefined;
  readonly people: readonly Person[];
  readonly nowMs: number;
  readonly selected: boolean;
  /** How often alerts of a name came and went today. */
  readonly flapsOf: (alert: string) => number;
  readonly alertValue: (alert: AlertGroupNow['alerts'][number]) => AlertValue | undefined;
  readonly onPick: (name: string, value: string) => void;
}

const shownAlerts = 3;

/** Alerts that are told together: what they are, who is told when, and what one can do about them. */
export function GroupCard({ group, response, people, nowMs, selected, flapsOf, alertValue, onPick }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [all, setAll] = useState(false);
  const { alerts, count } = group;
  const names = [...new Set(alerts.map(({ labels }) => labels.alertname ?? ''))];
  const flaps = names.reduce((sum, name) => sum + flapsOf(name), 0);
  const common = commonLabels(group);
  const severity = groupSeverity(group);
  const comment = response?.comments.at(-1);
  const { alertname: _, ...chips } = common;
  return (
    <li className="group-card" data-severity={severity} data-selected={selected || undefined}>
      <div className="group-card-head">
        <h3>{names.slice(0, 3).join(', ')}</h3>
        {severity === 'held' && <span className="chip">{t('alerts.held')}</span>}
        {count > 1 && <span className="chip num">{t('alerts.alertCount', { count })}</span>}
        {flaps > 0 && <span className="chip num">{t('alerts.flapsToday', { count: flaps })}</span>}
        <span className="dim num group-age">{formats.ago(startOf(group), nowMs)}</span>
      </div>
      <LabelChips labels={chips} onPick={onPick} pickLabel={(pair) => t('alerts.onlyWith', { pair })} />
      <ul className="alert-rows">
        {alerts.slice(0, all ? alerts.length : shownAlerts).map((alert) => (
          <AlertRow
            key={alert.fingerprint}
            alert={alert}
            value={alertValue(alert)}
            common={common}
            nowMs={nowMs}
            alone={count === 1}
            onPick={onPick}
          />
        ))}
      </ul>
      {!all && alerts.length > shownAlerts && (
        <button type="button" className="text-button" onClick={() => setAll(true)}>
          {t('actions.more', { count: alerts.length - shownAlerts })}
        </button>
      )}
      {all && count > alerts.length && <p className="dim">{t('alerts.notListed', { count: count - alerts.length })}</p>}
      <WhenTold group={group} response={response} people={people} nowMs={nowMs} />
      {comment !== undefined && (
        <div className="dim break">
          {personName(comment.person, people)}, {formats.ago(comment.atMs, nowMs)}: {comment.text}
        </div>
      )}
      <div className="group-card-actions">
        <RespondButtons groupKey={group.groupKey} response={response} people={people} />
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconVolumeOff size={14} aria-hidden />}
          onClick={() => goTo(silencePage, silenceQuery(common))}
        >
          {t('alerts.silence')}
        </Button>
      </div>
    </li>
  );
}

/** What all alerts of a group have in common, as far as they are listed. */
export function commonLabels({ labels, alerts }: AlertGroupNow): Readonly<Record<string, string>> {
  const [first] = alerts;
  if (first === undefined) return labels;
  return Object.fromEntries(
    Object.entries(first.labels).filter(([name, value]) => alerts.every((alert) => alert.labels[name] === value)),
  );
}
