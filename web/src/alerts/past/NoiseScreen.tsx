import { SegmentedControl } from '@mantine/core';
import type { NoiseReport } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { AlertPages } from '../../app/AlertPages.tsx';
import { useTitle } from '../../app/useTitle.ts';
import { fetchNoiseReport } from '../../data/alertPast.ts';
import { useFormats } from '../../i18n/format.ts';
import { Panel } from '../../states/Panel.tsx';
import { Answered, Empty, PartialNote } from '../../states/States.tsx';
import { useAnswer } from '../../states/useAnswer.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { useView } from '../../url/view.ts';
import { rulePage, ruleQuery } from '../rulePath.ts';
import { type Column, SortedTable } from './SortedTable.tsx';

const dayMs = 86_400_000;
const stepMs = 300_000;
const spans = ['1', '7', '30', '90'] as const;

/** Which rules page, how often for nothing, and whom. */
export function NoiseScreen() {
  const { t } = useTranslation();
  const formats = useFormats();
  const { nowMs } = useTime();
  const { params, set } = useView();
  useTitle(t('noise.title'));
  const days = spans.find((one) => one === params.get('days')) ?? '30';
  // Of weeks: a few minutes change nothing, and the answer is kept that long.
  const toMs = Math.ceil(nowMs / stepMs) * stepMs;
  const answer = useAnswer({
    subject: ['noise-report', days],
    at: [toMs],
    ask: (signal) => fetchNoiseReport({ fromMs: toMs - Number(days) * dayMs, toMs }, signal),
  });
  return (
    <div className="alerts">
      <AlertPages />
      <div className="screen-head">
        <h1>{t('noise.title')}</h1>
        <SegmentedControl
          size="xs"
          aria-label={t('noise.span')}
          value={days}
          onChange={(next) => set({ days: next }, { replace: true })}
          data={spans.map((one) => ({ value: one, label: t('alertRules.days', { count: Number(one) }) }))}
        />
      </div>
      <Answered answer={answer} height={200}>
        {(report) => (
          <>
            {report.truncated && <PartialNote warnings={[t('alertPast.truncated')]} />}
            <p>
              <strong>{t('noise.pages', { count: report.pages })}</strong>{' '}
              <span className="dim">
                {t('noise.withoutDrills', { perDay: formats.value(report.pages / Number(days), 'short') })}
              </span>
            </p>
            <Panel title={t('noise.rules')}>
              {report.rules.length === 0 ? (
                <Empty title={t('noise.none')} height={100} />
              ) : (
                <NoiseOfRules rules={report.rules} />
              )}
            </Panel>
            {report.people.length > 0 && (
              <Panel title={t('noise.people')}>
                <NoiseOfPeople people={report.people} />
              </Panel>
            )}
          </>
        )}
      </Answered>
    </div>
  );
}

type RuleNoise = NoiseReport['rules'][number];

function NoiseOfRules({ rules }: { readonly rules: readonly RuleNoise[] }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const count = (key: 'pages' | 'neverActedOn' | 'flaps' | 'nightPages'): Column<RuleNoise> => ({
    key,
    title: t(`noise.columns.${key}`),
    valueOf: (rule) => rule[key],
    cell: (rule) => formats.integer(rule[key]),
  });
  const columns: readonly Column<RuleNoise>[] = [
    count('pages'),
    count('neverActedOn'),
    count('flaps'),
    count('nightPages'),
    {
      key: 'firingMs',
      title: t('noise.columns.firing'),
      valueOf: ({ firingMs }) => firingMs,
      cell: ({ firingMs }) => formats.duration(firingMs),
    },
  ];
  return (
    <SortedTable
      rows={rules}
      columns={columns}
      nameTitle={t('alerts.rule')}
      keyOf={({ alert }) => alert}
      name={({ alert, alwaysWith, raiseForMs, pages, neverActedOn }) => (
        <>
          <ScreenLink to={rulePage} with={ruleQuery({ rule: alert })}>
            {alert}
          </ScreenLink>
          {raiseForMs !== null && (
            <div className="tone-warning">{t('noise.raiseFor', { time: formats.duration(raiseForMs) })}</div>
          )}
          {pages >= 3 && neverActedOn === pages && <div className="tone-warning">{t('noise.nobodyActs')}</div>}
          {alwaysWith.length > 0 && (
            <div className="dim">{t('noise.alwaysWith', { names: alwaysWith.join(', ') })}</div>
          )}
        </>
      )}
    />
  );
}

type PersonNoise = NoiseReport['people'][number];

function NoiseOfPeople({ people }: { readonly people: readonly PersonNoise[] }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const count = (key: 'pages' | 'nightPages' | 'acknowledged'): Column<PersonNoise> => ({
    key,
    title: t(`noise.columns.${key}`),
    valueOf: (person) => person[key],
    cell: (person) => formats.integer(person[key]),
  });
  const columns: readonly Column<PersonNoise>[] = [
    count('pages'),
    count('nightPages'),
    count('acknowledged'),
    {
      key: 'median',
      title: t('noise.columns.median'),
      valueOf: ({ medianAcknowledgeMs }) => medianAcknowledgeMs ?? -1,
      cell: ({ medianAcknowledgeMs }) => (medianAcknowledgeMs === null ? '–' : formats.duration(medianAcknowledgeMs)),
    },
  ];
  return (
    <SortedTable
      rows={people}
      columns={columns}
      nameTitle={t('noise.person')}
      keyOf={({ person }) => person}
      name={({ person, name }) => (name === '' ? person : name)}
    />
  );
}
