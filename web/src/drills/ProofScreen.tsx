import { Button, Checkbox } from '@mantine/core';
import { IconCircleCheck, IconCircleX, IconHelpCircle, IconPlayerPlay } from '@tabler/icons-react';
import type { DrillsAnswer, ProofAnswer, RuleProof } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { rulePage, ruleQuery } from '../alerts/rulePath.ts';
import { AlertPages } from '../app/AlertPages.tsx';
import { useTitle } from '../app/useTitle.ts';
import { fetchProof } from '../data/drills.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { useView } from '../url/view.ts';
import { ProofReceivers, ProofRunbook, ProofSeries } from './ProofCells.tsx';
import { useDrills, useStartDrill } from './useDrills.ts';

type Known = DrillsAnswer['known'][number];

/** Asked again no more often than this, ms: the answer asks the store for the series of every rule. */
const everyMs = 30_000;

/** For each rule that pages: whether its page would arrive, the broken ones first. */
export function ProofScreen() {
  const { t } = useTranslation();
  useTitle(t('proof.title'));
  const view = useView();
  const { nowMs } = useTime();
  const all = view.params.get('all') === '1';
  const answer = useAnswer({
    subject: ['proof', all],
    at: [Math.floor(nowMs / everyMs)],
    ask: (signal) => fetchProof(all, signal),
  });
  const known = useDrills().data?.known ?? [];
  return (
    <div className="drills">
      <AlertPages />
      <h1 className="visually-hidden">{t('proof.title')}</h1>
      <Panel
        title={t('proof.heading')}
        tools={
          <Checkbox
            size="xs"
            label={t('proof.all')}
            checked={all}
            onChange={(event) => view.set({ all: event.currentTarget.checked ? '1' : null })}
          />
        }
      >
        <Answered answer={answer} height={240}>
          {(found) => <Board found={found} known={known} nowMs={nowMs} />}
        </Answered>
      </Panel>
    </div>
  );
}

interface BoardProps {
  readonly found: ProofAnswer;
  readonly known: readonly Known[];
  readonly nowMs: number;
}

const verdicts = ['broken', 'unproven', 'proven'] as const;
const looks = {
  broken: { icon: IconCircleX, tone: 'tone-error' },
  unproven: { icon: IconHelpCircle, tone: 'tone-warning' },
  proven: { icon: IconCircleCheck, tone: 'tone-ok' },
} as const;

function Board({ found: { rules }, known, nowMs }: BoardProps) {
  const { t } = useTranslation();
  if (rules.length === 0) return <Empty title={t('proof.none')} height={120} />;
  return (
    <>
      <p className="panel-text proof-counts">
        {verdicts.map((verdict) => (
          <span key={verdict} className={looks[verdict].tone}>
            {t(`proof.verdict.${verdict}`)}: {rules.filter((rule) => rule.verdict === verdict).length}
          </span>
        ))}
      </p>
      <div className="scroll-x">
        <table className="table proof-table">
          <thead>
            <tr>
              <th>{t('proof.rule')}</th>
              <th>{t('proof.lastFiring')}</th>
              <th className="wide-cell">{t('proof.series')}</th>
              <th className="wide-cell">{t('proof.receivers')}</th>
              <th className="wide-cell">{t('proof.runbook')}</th>
              <th aria-label={t('proof.drill')} />
            </tr>
          </thead>
          <tbody>
            {rules.map((proof) => (
              <ProofRow
                key={`${proof.rule.file} ${proof.rule.group} ${proof.rule.rule} ${proof.severity}`}
                proof={proof}
                drill={known.find(({ rule }) => rule !== null && sameRule(rule, proof.rule))}
                nowMs={nowMs}
              />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const sameRule = (a: RuleProof['rule'], b: RuleProof['rule']): boolean =>
  a.file === b.file && a.group === b.group && a.rule === b.rule;

interface RowProps {
  readonly proof: RuleProof;
  readonly drill: Known | undefined;
  readonly nowMs: number;
}

function ProofRow({ proof, drill, nowMs }: RowProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { busy, start } = useStartDrill();
  const { rule, severity, verdict, lastFiring, doubts } = proof;
  const { icon: Icon, tone } = looks[verdict];
  return (
    <tr data-verdict={verdict}>
      <td className="break proof-rule">
        <span className={`with-icon ${tone}`} title={t(`proof.verdict.${verdict}`)}>
          <Icon size={16} role="img" aria-label={t(`proof.verdict.${verdict}`)} />
          <ScreenLink to={rulePage} with={ruleQuery(rule)}>
            {rule.rule}
          </ScreenLink>
        </span>
        <div className="dim">
          {rule.group}
          {severity !== '' && ` · ${severity}`}
        </div>
        <ul className="proof-doubts">
          {doubts.map(({ kind, text }) => (
            <li key={`${kind} ${text}`}>
              <span className={kind === 'never_fired' || kind === 'runbook' ? 'tone-warning' : 'tone-error'}>
                {t(`proof.doubt.${kind}`)}
              </span>
              {kind !== 'never_fired' && <span className="dim break"> {text}</span>}
            </li>
          ))}
        </ul>
      </td>
      <td className="num proof-last">
        {lastFiring === null ? (
          <span className="tone-warning">{t('proof.never')}</span>
        ) : (
          <span title={formats.dateTime(lastFiring.atMs)}>
            {formats.ago(lastFiring.atMs, nowMs)}
            <div className="dim">{t(lastFiring.isDrill ? 'proof.byDrill' : 'proof.forReal')}</div>
          </span>
        )}
      </td>
      <td className="wide-cell">
        <ProofSeries series={proof.series} />
      </td>
      <td className="wide-cell">
        <ProofReceivers receivers={proof.receivers} nowMs={nowMs} />
      </td>
      <td className="break wide-cell">
        <ProofRunbook runbook={proof.runbook} />
      </td>
      <td className="right">
        {drill !== undefined && (
          <Button
            size="compact-xs"
            variant="light"
            disabled={busy}
            leftSection={<IconPlayerPlay size={13} aria-hidden />}
            aria-label={`${t('proof.drill')}: ${drill.name}`}
            title={drill.name}
            onClick={() => start(drill.name, false)}
          >
            {t('proof.drill')}
          </Button>
        )}
      </td>
    </tr>
  );
}
