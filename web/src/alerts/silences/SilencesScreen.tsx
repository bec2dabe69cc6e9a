import { Button, SegmentedControl } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AlertPages } from '../../app/AlertPages.tsx';
import { useTitle } from '../../app/useTitle.ts';
import { fetchSilences, type Silence } from '../../data/silences.ts';
import { Answered, Empty } from '../../states/States.tsx';
import { useAnswer } from '../../states/useAnswer.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { goTo, useView } from '../../url/view.ts';
import { fromSilence, matchersText } from '../labels/matchers.ts';
import { silencePage } from '../links.ts';
import { AlertFilterBox } from '../now/AlertFilterBox.tsx';
import { SilenceCard } from './SilenceCard.tsx';
import { silencesKey } from './silencesKey.ts';

const states = ['active', 'pending', 'expired'] as const;
type State = (typeof states)[number];
const firstShown = 100;

/** Silences by state, who made them and why, and the ways to make, change and end one. */
export function SilencesScreen() {
  const { t } = useTranslation();
  const { nowMs } = useTime();
  const view = useView();
  useTitle(t('silences.title'));
  const answer = useAnswer({ subject: silencesKey, at: [nowMs], ask: fetchSilences });
  const [limit, setLimit] = useState(firstShown);
  const pointed = view.params.get('id');
  const text = view.params.get('filter') ?? '';
  const all = answer.data ?? [];
  const chosen = states.find((state) => state === view.params.get('state'));
  const state = chosen ?? all.find(({ id }) => id === pointed)?.status.state ?? 'active';
  const of = (one: State): readonly Silence[] => all.filter((silence) => silence.status.state === one);
  return (
    <div className="alerts">
      <AlertPages />
      <div className="screen-head">
        <h1>{t('silences.title')}</h1>
        <SegmentedControl
          size="xs"
          aria-label={t('silences.state')}
          value={state}
          onChange={(next) => view.set({ state: next, id: null }, { replace: true })}
          data={states.map((one) => ({ value: one, label: `${t(`silences.states.${one}`)} ${of(one).length}` }))}
        />
        <AlertFilterBox
          value={text}
          label={t('silences.filter')}
          hint={t('silences.filter')}
          onChange={(next) => view.set({ filter: next }, { replace: true })}
        />
        <div className="screen-actions">
          <Button size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => goTo(silencePage)}>
            {t('silences.new')}
          </Button>
        </div>
      </div>
      <Answered answer={answer} height={160}>
        {() => {
          const found = of(state).filter((silence) => says(silence, text));
          if (found.length === 0) return <Empty title={t(`silences.none.${state}`)} height={140} />;
          return (
            <>
              <ul className="group-cards">
                {found.slice(0, limit).map((silence) => (
                  <SilenceCard key={silence.id} silence={silence} nowMs={nowMs} pointed={silence.id === pointed} />
                ))}
              </ul>
              {found.length > limit && (
                <button type="button" className="text-button" onClick={() => setLimit(limit * 5)}>
                  {t('actions.more', { count: found.length - limit })}
                </button>
              )}
            </>
          );
        }}
      </Answered>
    </div>
  );
}

function says({ id, matchers, comment, createdBy }: Silence, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return [id, matchersText(matchers.map(fromSilence)), comment, createdBy].some((one) =>
    one.toLowerCase().includes(wanted),
  );
}
