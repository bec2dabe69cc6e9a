import { useQueryClient } from '@tanstack/react-query';
import type { OnCallAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AlertPages } from '../app/AlertPages.tsx';
import { useTitle } from '../app/useTitle.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { AskedPanel } from './AskedPanel.tsx';
import { type Cover, CoverDialog } from './CoverDialog.tsx';
import { useMe } from './me.ts';
import { OverridesPanel } from './OverridesPanel.tsx';
import { PeoplePanel } from './PeoplePanel.tsx';
import { PersonMenu, personName } from './PersonMenu.tsx';
import { PolicyList } from './PolicyList.tsx';
import { ScheduleCard } from './ScheduleCard.tsx';
import { TimelinePanel } from './TimelinePanel.tsx';
import { onCallKeys, useOnCall } from './useOnCall.ts';

/** Who is on call now and in the coming weeks, who is asked next, and what people have taken on. */
export function OnCallScreen() {
  const { t } = useTranslation();
  useTitle(t('onCall.title'));
  const answer = useOnCall();
  return (
    <div className="on-call">
      <AlertPages />
      <h1 className="visually-hidden">{t('onCall.title')}</h1>
      <Answered answer={answer} height={200}>
        {(found) => <Found found={found} />}
      </Answered>
    </div>
  );
}

function Found({ found }: { readonly found: OnCallAnswer }) {
  const { t } = useTranslation();
  const { me, setMe } = useMe();
  const client = useQueryClient();
  const [cover, setCover] = useState<Cover | null>(null);
  const { people, schedules, policies, problem } = found;
  const changed = (): void => {
    for (const queryKey of [onCallKeys.onCall, onCallKeys.shifts, onCallKeys.overrides])
      void client.invalidateQueries({ queryKey });
  };
  if (people.length === 0 && schedules.length === 0 && problem === '')
    return (
      <Empty title={t('onCall.noFile')} height={200}>
        <code>
          on_call: {'{'} file: on-call.yml {'}'}
        </code>
      </Empty>
    );
  return (
    <>
      {problem !== '' && (
        <div className="note tone-warning break" role="alert">
          {t('onCall.problem', { problem })}
        </div>
      )}
      <div className="on-call-me">
        <span className="dim">{t('onCall.me')}</span>
        <PersonMenu label={me === '' ? t('onCall.nobodyYet') : personName(me, people)} people={people} onPick={setMe} />
      </div>
      <ul className="schedule-cards">
        {schedules.map((schedule) => (
          <ScheduleCard key={schedule.name} schedule={schedule} people={people} me={me} onCover={setCover} />
        ))}
      </ul>
      <AskedPanel people={people} />
      {schedules.length > 0 && <TimelinePanel schedules={schedules} people={people} me={me} onCover={setCover} />}
      <OverridesPanel people={people} onChanged={changed} />
      {policies.length > 0 && (
        <Panel title={t('onCall.policies')}>
          <PolicyList policies={policies} people={people} />
        </Panel>
      )}
      <PeoplePanel people={people} me={me} />
      {cover !== null && (
        <CoverDialog cover={cover} people={people} me={me} onDone={changed} onClose={() => setCover(null)} />
      )}
    </>
  );
}
