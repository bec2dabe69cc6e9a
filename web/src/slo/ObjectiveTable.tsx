import type { SloSummary } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { rowClick } from '../url/rowClick.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { BudgetBar } from './BudgetBar.tsx';
import { budgetState, burnNow } from './budgetState.ts';
import { CountingState } from './CountingState.tsx';
import { useSloWords } from './useSloWords.ts';

interface Props {
  readonly objectives: readonly SloSummary[];
  readonly nowMs: number;
}

/** Objectives with what is left of each, how fast it burns, and when nothing will be left. */
export function ObjectiveTable({ objectives, nowMs }: Props) {
  const { t } = useTranslation();
  return (
    <div className="scroll-x">
      <table className="table slo-table">
        <thead>
          <tr>
            <th>{t('slo.objective')}</th>
            <th className="wide-cell">{t('slo.service')}</th>
            <th className="right wide-cell">{t('slo.target')}</th>
            <th className="right wide-cell">{t('slo.good')}</th>
            <th className="right">{t('slo.left')}</th>
            <th className="wide-cell" aria-label={t('slo.left')} />
            <th className="right">{t('slo.burnHour')}</th>
            <th className="wide-cell">{t('slo.exhausted')}</th>
            <th className="right wide-cell">{t('slo.coverage')}</th>
          </tr>
        </thead>
        <tbody>
          {objectives.map((objective) => (
            <Row key={objective.name} objective={objective} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ objective, nowMs }: { readonly objective: SloSummary; readonly nowMs: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const words = useSloWords();
  const state = budgetState(objective, nowMs);
  const path = `/slo/${encodeURIComponent(objective.name)}`;
  const burn = burnNow(objective);
  const { team } = objective.labels;
  return (
    <tr className="row-link" data-budget={state} onClick={rowClick(path)}>
      <td className="break">
        <ScreenLink to={path}>{objective.name}</ScreenLink>
        {objective.description !== '' && <div className="dim">{objective.description}</div>}
        <CountingState objective={objective} />
      </td>
      <td className="wide-cell">
        {objective.service}
        {team !== undefined && <div className="dim">{team}</div>}
      </td>
      <td className="right num wide-cell">
        {words.share(objective.targetPercent / 100)}
        <div className="dim">{t('slo.periodDays', { count: objective.periodDays })}</div>
      </td>
      <td className="right num wide-cell">{words.share(objective.goodShare)}</td>
      <td className="right num slo-left">{words.budget(objective.remaining)}</td>
      <td className="wide-cell slo-bar-cell">
        <BudgetBar remaining={objective.remaining} state={state} />
      </td>
      <td className={`right num ${burn !== null && burn > 1 ? 'tone-warning strong' : ''}`}>{words.burn(burn)}</td>
      <td className="num wide-cell">{words.exhausted(objective.exhaustedAtMs, nowMs)}</td>
      <td className="right num wide-cell">{formats.value(objective.coverage, 'ratio')}</td>
    </tr>
  );
}
