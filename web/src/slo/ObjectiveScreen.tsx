import { useQueryClient } from '@tanstack/react-query';
import type { SloDetail } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AlertPages } from '../app/AlertPages.tsx';
import { useTitle } from '../app/useTitle.ts';
import { fetchObjective } from '../data/slo.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { useView } from '../url/view.ts';
import { BudgetTiles } from './BudgetTiles.tsx';
import { BurnAlerts } from './BurnAlerts.tsx';
import { BurnDown } from './BurnDown.tsx';
import { CountingState } from './CountingState.tsx';
import { Dimensions } from './Dimensions.tsx';
import { ExclusionsPanel } from './ExclusionsPanel.tsx';
import { Expressions } from './Expressions.tsx';
import { ObjectiveActions } from './ObjectiveActions.tsx';
import { ObjectiveReport } from './ObjectiveReport.tsx';
import { TargetTrial } from './TargetTrial.tsx';

/** One objective: what is left and why, who spent it, what its alerts look at, and what was taken out of it. */
export function ObjectiveScreen({ name }: { readonly name: string }) {
  const { nowMs } = useTime();
  useTitle(name);
  const asReport = useView().params.has('report');
  const answer = useAnswer({
    subject: ['objective', name],
    at: [nowMs],
    ask: (signal) => fetchObjective(name, signal),
  });
  return (
    <div className="slo">
      <AlertPages />
      <Answered answer={answer} height={300}>
        {(objective) =>
          asReport ? (
            <ObjectiveReport objective={objective} nowMs={nowMs} />
          ) : (
            <Found objective={objective} nowMs={nowMs} />
          )
        }
      </Answered>
    </div>
  );
}

function Found({ objective, nowMs }: { readonly objective: SloDetail; readonly nowMs: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [chosen, setChosen] = useState<Range | null>(null);
  const changed = (): void => {
    for (const queryKey of [['objective'], ['objectives']]) void client.invalidateQueries({ queryKey });
  };
  const { name, description, service, labels, file } = objective;
  return (
    <>
      <div className="screen-head">
        <h1>{name}</h1>
        <ScreenLink to={`/services/${encodeURIComponent(service)}`} className="chip">
          {service}
        </ScreenLink>
        {Object.entries(labels).map(([label, value]) => (
          <span key={label} className="chip">
            {label}={value}
          </span>
        ))}
        <ObjectiveActions objective={objective} />
      </div>
      {description !== '' && <p>{description}</p>}
      <CountingState objective={objective} />
      <BudgetTiles objective={objective} nowMs={nowMs} />
      <BurnDown objective={objective} nowMs={nowMs} onChoose={setChosen} />
      <div className="slo-columns">
        <Panel title={t('slo.alerts')}>
          <BurnAlerts objective={objective} />
        </Panel>
        {objective.dimensions.length > 0 && (
          <Panel title={t('slo.dimensions')}>
            <Dimensions objective={objective} />
          </Panel>
        )}
        {objective.total > 0 && (
          <Panel title={t('slo.trial.title')}>
            <TargetTrial events={objective} promised={objective.targetPercent} />
          </Panel>
        )}
        <ExclusionsPanel objective={objective} chosen={chosen} onChoose={setChosen} onChanged={changed} />
        <Panel title={t('slo.expressions')}>
          <Expressions objective={objective} />
          <p className="panel-text dim break">{t('slo.fromFile', { file, format: objective.format })}</p>
        </Panel>
      </div>
    </>
  );
}
