import { useTranslation } from 'react-i18next';
import { useTitle } from '../app/useTitle.ts';
import { fetchAlertGroups, fetchObjectives, fetchRules } from '../data/alerts.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { FiringGroups } from './FiringGroups.tsx';
import { Objectives } from './Objectives.tsx';
import { Rules } from './Rules.tsx';

/** What fires and who is told, what is left of error budgets, and every rule. */
export function AlertsScreen() {
  const { t } = useTranslation();
  // Asked again as often as the page refreshes.
  const { range } = useTime();
  useTitle(t('alerts.title'));
  const at = [range.toMs];
  const groups = useAnswer({ subject: ['alert-groups'], at, ask: fetchAlertGroups });
  const objectives = useAnswer({ subject: ['objectives'], at, ask: fetchObjectives });
  const rules = useAnswer({ subject: ['rules'], at, ask: fetchRules });
  return (
    <div className="alerts">
      <h1>{t('alerts.title')}</h1>
      <Panel title={t('alerts.firing')}>
        <Answered answer={groups} height={160}>
          {(found) =>
            found.length === 0 ? (
              <Empty title={t('alerts.quiet')} height={100} />
            ) : (
              <FiringGroups groups={found} nowMs={range.toMs} />
            )
          }
        </Answered>
      </Panel>
      <Panel title={t('alerts.objectives')}>
        <Answered answer={objectives} height={160}>
          {(found) => <Objectives found={found} nowMs={range.toMs} />}
        </Answered>
      </Panel>
      <Panel title={t('alerts.rules')}>
        <Answered answer={rules} height={160}>
          {(found) => <Rules groups={found} />}
        </Answered>
      </Panel>
    </div>
  );
}
