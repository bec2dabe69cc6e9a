import type { ResponsesAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered } from '../states/States.tsx';
import { coarse } from '../time/coarse.ts';
import { useTime } from '../time/TimeContext.tsx';
import { type Person, personName } from './PersonMenu.tsx';
import { RespondButtons } from './RespondButtons.tsx';
import { useResponses } from './useOnCall.ts';

type Escalation = ResponsesAnswer['escalations'][number];
type Response = ResponsesAnswer['responses'][number];

/** A group of alerts with who is being asked about it and what people did. */
interface Asked {
  readonly groupKey: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly escalation: Escalation | undefined;
  readonly response: Response | undefined;
}

/** Groups whose escalation runs or has run out, then those that fire and that somebody took on. */
function askedIn({ escalations, responses }: ResponsesAnswer): readonly Asked[] {
  const byKey = new Map(responses.map((response) => [response.groupKey, response]));
  const waiting = escalations.map((escalation): Asked => {
    const { groupKey, labels } = escalation;
    return { groupKey, labels, escalation, response: byKey.get(groupKey) };
  });
  const escalated = new Set(escalations.map(({ groupKey }) => groupKey));
  const taken = responses
    .filter(({ groupKey, firing }) => firing > 0 && !escalated.has(groupKey))
    .map((response): Asked => ({ ...response, escalation: undefined, response }));
  return [...waiting, ...taken];
}

/** What people are being asked about now, and the buttons to take it on. */
export function AskedPanel({ people }: { readonly people: readonly Person[] }) {
  const { t } = useTranslation();
  const answer = useResponses();
  return (
    <Panel title={t('onCall.asked')}>
      <Answered answer={answer} height={60}>
        {(found) => {
          const asked = askedIn(found);
          return asked.length === 0 ? (
            <p className="panel-text dim">{t('onCall.askedNone')}</p>
          ) : (
            <ul className="asked-list">
              {asked.map((one) => (
                <AskedRow key={one.groupKey} asked={one} people={people} />
              ))}
            </ul>
          );
        }}
      </Answered>
    </Panel>
  );
}

function AskedRow({ asked, people }: { readonly asked: Asked; readonly people: readonly Person[] }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { nowMs } = useTime();
  const { groupKey, labels, escalation, response } = asked;
  const entries = Object.entries(labels);
  const acknowledged = response?.holds === true ? response.acknowledged : null;
  return (
    <li data-state={acknowledged !== null ? 'acknowledged' : (escalation?.state ?? 'running')}>
      <div className="asked-what">
        {entries.length === 0 ? (
          <code className="break">{groupKey}</code>
        ) : (
          entries.map(([name, value]) => (
            <span key={name} className="alert-label mono">
              {name}={value}
            </span>
          ))
        )}
        {escalation !== undefined && acknowledged === null && (
          <div className={escalation.state === 'exhausted' ? 'tone-error' : 'tone-warning'}>
            {escalation.policy}:{' '}
            {t(`onCall.state.${escalation.state}`, {
              step: escalation.step,
              receivers: escalation.receivers.join(', '),
            })}
            {escalation.nextAtMs !== null &&
              escalation.nextAtMs > nowMs &&
              `; ${t('onCall.nextStep', { time: formats.duration(coarse(escalation.nextAtMs - nowMs)) })}`}
          </div>
        )}
        {acknowledged !== null && (
          <div className="tone-ok">
            {t('onCall.acknowledgedBy', {
              person: personName(acknowledged.person, people),
              ago: formats.ago(acknowledged.atMs, nowMs),
            })}
          </div>
        )}
        {response !== undefined && response.assignee !== '' && (
          <div>{t('onCall.assignedTo', { person: personName(response.assignee, people) })}</div>
        )}
        {response?.comments.slice(-3).map(({ person, atMs, text }) => (
          <div key={`${atMs} ${person}`} className="dim break">
            {personName(person, people)}, {formats.ago(atMs, nowMs)}: {text}
          </div>
        ))}
      </div>
      <RespondButtons groupKey={groupKey} response={response} people={people} />
    </li>
  );
}
