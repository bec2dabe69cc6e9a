import { type RefObject, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AlertPages } from '../app/AlertPages.tsx';
import { keymap } from '../app/keymap.ts';
import { useShortcuts } from '../app/Shortcuts.tsx';
import { useTitle } from '../app/useTitle.ts';
import { fetchAlertsNow, fetchRules } from '../data/alerts.ts';
import { useFormats } from '../i18n/format.ts';
import { useOnCall, useResponses } from '../on_call/useOnCall.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { goTo, useView } from '../url/view.ts';
import { matcherText, readMatchers } from './labels/matchers.ts';
import { silencePage, silenceQuery } from './links.ts';
import { AlertFilterBox, filterOf } from './now/AlertFilterBox.tsx';
import { commonLabels, GroupCard } from './now/GroupCard.tsx';
import { inOrder } from './now/groupOrder.ts';
import { PendingAlerts } from './now/PendingAlerts.tsx';
import { useAlertValues } from './now/useAlertValues.ts';
import { useFlapsToday } from './now/useFlapsToday.ts';
import { BlindRules } from './rules/BlindRules.tsx';

/** What fires now, as it is told together: the page of whoever was woken. */
export function AlertsScreen() {
  const { t } = useTranslation();
  const formats = useFormats();
  // Asked again as often as the page refreshes.
  const { nowMs } = useTime();
  const view = useView();
  const written = view.params.get('filter') ?? '';
  const filter = filterOf(written);
  useTitle(t('alerts.title'));
  const answer = useAnswer({
    subject: ['alerts-now', filter],
    at: [nowMs],
    ask: (signal) => fetchAlertsNow(filter, signal),
  });
  const rules = useAnswer({ subject: ['rules'], at: [nowMs], ask: (signal) => fetchRules(signal) });
  const responses = useResponses().data?.responses ?? [];
  const people = useOnCall().data?.people ?? [];
  const groups = inOrder(answer.data?.groups ?? []);
  const alertValue = useAlertValues(groups, nowMs);
  const flapsOf = useFlapsToday();
  const list = useRef<HTMLUListElement>(null);
  const selected = useCardKeys(list, groups.length, (at) => {
    const group = groups[at];
    if (group !== undefined) goTo(silencePage, silenceQuery(commonLabels(group)));
  });
  const narrow = (name: string, value: string): void => {
    const added = { name, operator: '=' as const, value };
    const all = [...(readMatchers(written) ?? []).filter((one) => one.name !== name), added];
    view.set({ filter: all.map(matcherText).join(', ') });
  };
  return (
    <div className="alerts">
      <AlertPages />
      <div className="screen-head">
        <h1>{t('alerts.title')}</h1>
        <AlertFilterBox
          value={written}
          label={t('alerts.filter')}
          hint={t('alerts.filterHint')}
          onChange={(text) => view.set({ filter: text }, { replace: true })}
        />
      </div>
      <BlindRules groups={rules.data ?? []} />
      <Answered answer={answer} height={160}>
        {({ count }) =>
          count === 0 ? (
            <Empty title={written === '' ? t('alerts.quiet') : t('alerts.noneFits')} height={120}>
              {written !== '' && (
                <button type="button" className="text-button" onClick={() => view.set({ filter: null })}>
                  {t('alerts.showAll')}
                </button>
              )}
            </Empty>
          ) : (
            <>
              <ul className="group-cards" ref={list}>
                {groups.map((group, at) => (
                  <GroupCard
                    key={`${group.route.join('.')} ${group.groupKey}`}
                    group={group}
                    response={responses.find(({ groupKey }) => groupKey === group.groupKey)}
                    people={people}
                    nowMs={nowMs}
                    selected={selected === at}
                    flapsOf={flapsOf}
                    alertValue={alertValue}
                    onPick={narrow}
                  />
                ))}
              </ul>
              {count > groups.length && (
                <p className="dim">{t('alerts.groupsListed', { shown: groups.length, all: formats.integer(count) })}</p>
              )}
            </>
          )
        }
      </Answered>
      <Panel title={t('alerts.pending')}>
        <Answered answer={rules} height={60}>
          {(found) => <PendingAlerts groups={found} nowMs={nowMs} />}
        </Answered>
      </Panel>
    </div>
  );
}

/** Which card keys act on, and those keys: up and down, acknowledge, assign, silence. */
function useCardKeys(
  list: RefObject<HTMLUListElement | null>,
  count: number,
  onSilence: (at: number) => void,
): number | null {
  const [chosen, setChosen] = useState<number | null>(null);
  const selected = chosen === null || count === 0 ? null : Math.min(chosen, count - 1);
  const move = (by: number): void => {
    const next = Math.max(0, Math.min(count - 1, selected === null ? 0 : selected + by));
    setChosen(next);
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
  };
  /** The buttons of a card are acknowledge, assign, comment. */
  const press = (at: number) => (): void => {
    const buttons =
      list.current?.children[selected ?? 0]?.querySelectorAll<HTMLButtonElement>('.respond-buttons button');
    buttons?.[at]?.click();
  };
  useShortcuts([
    { id: 'listNext', strokes: keymap.listNext, run: () => move(1) },
    { id: 'listPrevious', strokes: keymap.listPrevious, run: () => move(-1) },
    { id: 'alertAcknowledge', strokes: keymap.alertAcknowledge, run: press(0) },
    { id: 'alertAssign', strokes: keymap.alertAssign, run: press(1) },
    { id: 'alertSilence', strokes: keymap.alertSilence, run: () => onSilence(selected ?? 0) },
  ]);
  return selected;
}
