import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AlertPages } from '../../app/AlertPages.tsx';
import { useTitle } from '../../app/useTitle.ts';
import { fetchRules } from '../../data/alerts.ts';
import { useFormats } from '../../i18n/format.ts';
import { Panel } from '../../states/Panel.tsx';
import { Answered, Empty } from '../../states/States.tsx';
import { useAnswer } from '../../states/useAnswer.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { useView } from '../../url/view.ts';
import { AlertFilterBox } from '../now/AlertFilterBox.tsx';
import { draftPage } from '../rulePath.ts';
import { BlindRules } from './BlindRules.tsx';
import { RuleTable } from './RuleTable.tsx';
import { isAskedFor, listedRules, standings } from './ruleList.ts';

const firstShown = 200;

/** Every rule with its state and health, to be searched. */
export function RulesScreen() {
  const { t } = useTranslation();
  const formats = useFormats();
  const { nowMs } = useTime();
  const { params, set } = useView();
  useTitle(t('alertRules.title'));
  const answer = useAnswer({ subject: ['rules'], at: [nowMs], ask: (signal) => fetchRules(signal) });
  const [limit, setLimit] = useState(firstShown);
  const groups = answer.data ?? [];
  const text = params.get('filter') ?? '';
  const standing = standings.find((one) => one === params.get('state')) ?? null;
  const group = params.get('group') ?? '';
  const all = listedRules(groups);
  const found = all.filter((one) => isAskedFor(one, { text, standing, group }));
  const names = [...new Set(groups.map(({ name }) => name))].toSorted();
  return (
    <div className="alerts">
      <AlertPages />
      <div className="screen-head">
        <h1>{t('alertRules.title')}</h1>
        <AlertFilterBox
          value={text}
          label={t('alertRules.filter')}
          hint={t('alertRules.filter')}
          onChange={(next) => set({ filter: next }, { replace: true })}
        />
        <NativeSelect
          size="xs"
          aria-label={t('alertRules.group')}
          value={group}
          onChange={(event) => set({ group: event.currentTarget.value }, { replace: true })}
          data={[{ value: '', label: t('alertRules.allGroups') }, ...names]}
        />
        <ScreenLink className="chip" to={draftPage}>
          {t('alertRules.draft')}
        </ScreenLink>
      </div>
      <div className="chip-row">
        {standings.map((one) => {
          const count = all.filter((rule) => rule.standing === one).length;
          return (
            <button
              key={one}
              type="button"
              className="chip num"
              aria-pressed={standing === one}
              data-active={standing === one || undefined}
              disabled={count === 0}
              onClick={() => set({ state: standing === one ? null : one }, { replace: true })}
            >
              {t(`alertRules.standings.${one}`)} {formats.integer(count)}
            </button>
          );
        })}
      </div>
      <BlindRules groups={groups} />
      <Panel title={t('alertRules.list')}>
        <Answered answer={answer} height={200}>
          {() =>
            all.length === 0 ? (
              <Empty title={t('alerts.noRules')} height={100}>
                <code>
                  rules: {'{'} files: ["rules/*.yml"] {'}'}
                </code>
              </Empty>
            ) : found.length === 0 ? (
              <Empty title={t('alertRules.noneFits')} height={100}>
                <button
                  type="button"
                  className="text-button"
                  onClick={() => set({ filter: null, state: null, group: null })}
                >
                  {t('alertRules.showAll')}
                </button>
              </Empty>
            ) : (
              <>
                <RuleTable rules={found.slice(0, limit)} nowMs={nowMs} />
                {found.length > limit && (
                  <button type="button" className="text-button panel-body" onClick={() => setLimit(limit * 5)}>
                    {t('actions.more', { count: found.length - limit })}
                  </button>
                )}
              </>
            )
          }
        </Answered>
      </Panel>
    </div>
  );
}
