import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import type { SloList } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { AlertPages } from '../app/AlertPages.tsx';
import { useScope } from '../app/useServices.ts';
import { useTitle } from '../app/useTitle.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useTime } from '../time/TimeContext.tsx';
import { useView } from '../url/view.ts';
import { budgetState, isWanted } from './budgetState.ts';
import { grouped, groupings, isGrouping } from './grouping.ts';
import { ObjectiveDraft } from './ObjectiveDraft.tsx';
import { ObjectiveTable } from './ObjectiveTable.tsx';
import { useObjectives } from './useObjectives.ts';

/** Every objective, the least budget first, narrowed by text, team and the page's service. */
export function SloScreen() {
  const { t } = useTranslation();
  useTitle(t('slo.title'));
  const answer = useObjectives();
  return (
    <div className="slo">
      <AlertPages />
      <h1 className="visually-hidden">{t('slo.title')}</h1>
      <Answered answer={answer} height={240}>
        {(found) => <Found found={found} />}
      </Answered>
    </div>
  );
}

function Found({ found: { objectives, broken } }: { readonly found: SloList }) {
  const { t } = useTranslation();
  const view = useView();
  const scope = useScope();
  const { nowMs } = useTime();
  const text = view.params.get('q') ?? '';
  const team = view.params.get('team') ?? '';
  const group = view.params.get('group');
  const teams = [...new Set(objectives.flatMap(({ labels }) => labels.team ?? []))].sort();
  const wanted = objectives.filter((one) => isWanted(one, { text, team, service: scope }));
  const states = objectives.map((one) => budgetState(one, nowMs));
  const count = (state: (typeof states)[number]): number => states.filter((one) => one === state).length;
  return (
    <>
      {view.params.has('new') ? (
        <ObjectiveDraft onClose={() => view.set({ new: null })} />
      ) : (
        <div className="screen-actions">
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => view.set({ new: '1' })}
          >
            {t('slo.draft.title')}
          </Button>
        </div>
      )}
      {broken.map(({ file, reason }) => (
        <div key={file} className="note tone-warning break" role="status">
          {t('slo.brokenFile', { file, reason })}
        </div>
      ))}
      {objectives.length === 0 ? (
        <Empty title={t('slo.none')} height={160}>
          <code>
            slo: {'{'} files: ["slo/*.yaml"] {'}'}
          </code>
        </Empty>
      ) : (
        <>
          <div className="slo-filter">
            <TextInput
              size="xs"
              data-main-search
              aria-label={t('slo.search')}
              placeholder={t('slo.search')}
              leftSection={<IconSearch size={14} aria-hidden />}
              value={text}
              onChange={(event) => view.set({ q: event.currentTarget.value }, { replace: true })}
            />
            {teams.length > 0 && (
              <Select
                size="xs"
                clearable
                aria-label={t('slo.team')}
                placeholder={t('slo.allTeams')}
                data={teams}
                value={team === '' ? null : team}
                onChange={(value) => view.set({ team: value })}
              />
            )}
            <SegmentedControl
              size="xs"
              aria-label={t('slo.groupBy')}
              value={isGrouping(group) ? group : 'none'}
              data={['none' as const, ...groupings].map((value) => ({ value, label: t(`slo.grouping.${value}`) }))}
              onChange={(value) => view.set({ group: value === 'none' ? null : value })}
            />
            <span className="slo-counts">
              <span className={count('gone') > 0 ? 'tone-error strong' : 'dim'}>
                {t('slo.goneCount', { count: count('gone') })}
              </span>
              <span className={count('risk') > 0 ? 'tone-warning strong' : 'dim'}>
                {t('slo.riskCount', { count: count('risk') })}
              </span>
              <span className="dim">{t('slo.wellCount', { count: count('well') })}</span>
            </span>
          </div>
          {wanted.length === 0 ? (
            <Panel title={t('slo.title')}>
              <Empty title={t('slo.noMatch')} height={100}>
                <button
                  type="button"
                  className="text-button"
                  onClick={() => view.set({ q: null, team: null, scope: null })}
                >
                  {t('slo.showAll')}
                </button>
              </Empty>
            </Panel>
          ) : isGrouping(group) ? (
            grouped(wanted, group).map(({ name, objectives: of }) => (
              <Panel key={name} title={name === '' ? t('slo.noTeam') : name}>
                <ObjectiveTable objectives={of} nowMs={nowMs} />
              </Panel>
            ))
          ) : (
            <Panel title={t('slo.title')}>
              <ObjectiveTable objectives={wanted} nowMs={nowMs} />
            </Panel>
          )}
        </>
      )}
    </>
  );
}
