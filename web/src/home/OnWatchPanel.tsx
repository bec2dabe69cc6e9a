import { IconBell, IconPhoneCall, IconTarget } from '@tabler/icons-react';
import type { AlertsNowAnswer, OnCallAnswer, SloList } from '@trilith/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchAlertsNow } from '../data/alerts.ts';
import { useFormats } from '../i18n/format.ts';
import { useMe } from '../on_call/me.ts';
import { PersonChip } from '../on_call/PersonChip.tsx';
import { useOnCall } from '../on_call/useOnCall.ts';
import { budgetState } from '../slo/budgetState.ts';
import { useObjectives } from '../slo/useObjectives.ts';
import { useSloWords } from '../slo/useSloWords.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { firingBySeverity } from './firing.ts';

const namedBudgets = 3;

/** What fires, which budgets are at risk and who is on call, in one row; what is not configured is left out. */
export function OnWatchPanel() {
  const { t } = useTranslation();
  const { nowMs } = useTime();
  const alerts = useAnswer({
    subject: ['alerts-now', ''],
    at: [nowMs],
    ask: (signal) => fetchAlertsNow({ matchers: [], text: '' }, signal),
  }).data;
  const objectives = useObjectives().data;
  const onCall = useOnCall().data;
  if (alerts === undefined) return null;
  return (
    <section className="panel on-watch" aria-label={t('onWatch.title')}>
      <Firing alerts={alerts} />
      {objectives !== undefined && objectives.objectives.length > 0 && <Budgets found={objectives} nowMs={nowMs} />}
      {onCall !== undefined && onCall.schedules.length > 0 && <OnCall found={onCall} />}
    </section>
  );
}

interface CellProps {
  readonly to: string;
  readonly icon: ReactNode;
  readonly title: string;
  readonly children: ReactNode;
}

function Cell({ to, icon, title, children }: CellProps) {
  return (
    <div className="on-watch-cell">
      <ScreenLink to={to} className="with-icon">
        {icon} {title}
      </ScreenLink>
      <div>{children}</div>
    </div>
  );
}

const severities = ['critical', 'warning', 'info'] as const;
const tones = { critical: 'tone-error strong', warning: 'tone-warning strong', info: 'tone-info' } as const;

function Firing({ alerts }: { readonly alerts: AlertsNowAnswer }) {
  const { t } = useTranslation();
  const { counts, held } = firingBySeverity(alerts);
  const some = severities.filter((severity) => counts[severity] > 0);
  return (
    <Cell to="/alerts" icon={<IconBell size={16} aria-hidden />} title={t('onWatch.firing')}>
      {some.length === 0 && <span className="tone-ok">{t('onWatch.quiet')}</span>}
      {some.map((severity) => (
        <span key={severity} className={tones[severity]}>
          {t(`onWatch.severity.${severity}`, { count: counts[severity] })}
        </span>
      ))}
      {held > 0 && <span className="dim">{t('onWatch.held', { count: held })}</span>}
    </Cell>
  );
}

function Budgets({ found: { objectives }, nowMs }: { readonly found: SloList; readonly nowMs: number }) {
  const { t } = useTranslation();
  const words = useSloWords();
  const standing = objectives.map((objective) => ({ objective, state: budgetState(objective, nowMs) }));
  const bad = standing.filter(({ state }) => state === 'gone' || state === 'risk');
  return (
    <Cell to="/slo" icon={<IconTarget size={16} aria-hidden />} title={t('onWatch.budgets')}>
      {bad.length === 0 && <span className="tone-ok">{t('onWatch.budgetsWell', { count: objectives.length })}</span>}
      {bad.slice(0, namedBudgets).map(({ objective: { name, remaining }, state }) => (
        <ScreenLink key={name} to={`/slo/${encodeURIComponent(name)}`} className="break">
          <span className={state === 'gone' ? 'tone-error strong' : 'tone-warning strong'}>
            {words.budget(remaining)}
          </span>{' '}
          {name}
        </ScreenLink>
      ))}
      {bad.length > namedBudgets && <span className="dim">+{bad.length - namedBudgets}</span>}
    </Cell>
  );
}

function OnCall({ found: { schedules, people } }: { readonly found: OnCallAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { me } = useMe();
  return (
    <Cell to="/on-call" icon={<IconPhoneCall size={16} aria-hidden />} title={t('onWatch.onCall')}>
      {schedules.map(({ name, people: now, next }) => (
        <span key={name} className="on-watch-schedule" title={next === null ? name : formats.dateTime(next.atMs)}>
          <span className="dim">{name}:</span>{' '}
          {now.length === 0 ? (
            <strong className="tone-error">{t('onCall.nobody')}</strong>
          ) : (
            now.map((id) => <PersonChip key={id} id={id} people={people} me={me} />)
          )}
        </span>
      ))}
    </Cell>
  );
}
