import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AlertPages } from '../../app/AlertPages.tsx';
import { useTitle } from '../../app/useTitle.ts';
import { fetchAlertHistory } from '../../data/alertPast.ts';
import { Panel } from '../../states/Panel.tsx';
import { Answered, PartialNote } from '../../states/States.tsx';
import { useAnswer } from '../../states/useAnswer.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { useView } from '../../url/view.ts';
import { labelsOf, readMatchers } from '../labels/matchers.ts';
import { Happenings } from './Happenings.tsx';
import { StateTimelines } from './StateTimelines.tsx';

/** What happened to alerts over the range of the page: states, notifications, what people did. */
export function HistoryScreen() {
  const { t } = useTranslation();
  const { range } = useTime();
  const { params, set } = useView();
  useTitle(t('alertPast.title'));
  const alert = params.get('alert') ?? '';
  const written = params.get('labels') ?? '';
  const labels = labelsOf(readMatchers(written) ?? []) ?? {};
  const subject = { alert, labels };
  const answer = useAnswer({
    subject: ['alert-history', subject],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchAlertHistory(subject, range, signal),
  });
  return (
    <div className="alerts">
      <AlertPages />
      <div className="screen-head">
        <h1>{t('alertPast.title')}</h1>
        <SubjectBoxes
          key={`${alert} ${written}`}
          alert={alert}
          labels={written}
          onChange={(next) => set({ alert: next.alert, labels: next.labels })}
        />
      </div>
      <Panel title={t('alertPast.states')}>
        <Answered answer={answer} height={120}>
          {(history) => (
            <>
              {history.truncated && <PartialNote warnings={[t('alertPast.truncated')]} />}
              <StateTimelines series={history.series} range={range} named />
            </>
          )}
        </Answered>
      </Panel>
      <Panel title={t('alertPast.notifications')}>
        <Answered answer={answer} height={120}>
          {(history) => <Happenings history={history} />}
        </Answered>
      </Panel>
    </div>
  );
}

interface BoxesProps {
  readonly alert: string;
  readonly labels: string;
  readonly onChange: (subject: { readonly alert: string; readonly labels: string }) => void;
}

function SubjectBoxes({ alert, labels, onChange }: BoxesProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(alert);
  const [text, setText] = useState(labels);
  return (
    <form
      className="subject-boxes"
      onSubmit={(event) => {
        event.preventDefault();
        onChange({ alert: name.trim(), labels: text.trim() });
      }}
    >
      <TextInput
        size="xs"
        placeholder={t('alertPast.alertName')}
        aria-label={t('alertPast.alertName')}
        value={name}
        data-main-search
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        placeholder='job="api"'
        aria-label={t('alertPast.labels')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" className="chip">
        {t('alertPast.show')}
      </button>
    </form>
  );
}
