import type { RouteTestAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../i18n/format.ts';
import { Answered } from '../../states/States.tsx';
import type { Answer } from '../../states/useAnswer.ts';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { AlertFilterBox } from '../now/AlertFilterBox.tsx';
import { groupingText } from './RouteTree.tsx';
import { routeId } from './routeRows.ts';

interface Props {
  readonly value: string;
  /** What is written are no labels. */
  readonly wrong: boolean;
  /** Null while nothing is asked. */
  readonly answer: Answer<RouteTestAnswer> | null;
  readonly onChange: (text: string) => void;
}

/** Labels of an alert in; who would be told now, in which group, and what would keep it from being told. */
export function RouteTester({ value, wrong, answer, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <div className="panel-body">
      <AlertFilterBox
        value={value}
        label={t('routing.labels')}
        hint={`alertname="Down", severity="page"`}
        onChange={onChange}
      />
      <div className={wrong ? 'tone-error' : 'dim'} role={wrong ? 'alert' : undefined}>
        {wrong ? t('routing.noLabels') : value === '' ? t('routing.hint') : ''}
      </div>
      {answer !== null && (
        <Answered answer={answer} height={60}>
          {(found) => <Verdict found={found} />}
        </Answered>
      )}
    </div>
  );
}

function Verdict({ found: { routes, silencedBy, inhibitedBy } }: { readonly found: RouteTestAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [silence] = silencedBy;
  return (
    <div className="route-verdict" aria-live="polite">
      {silence !== undefined && (
        <div className="note tone-warning">
          <ScreenLink to="/alerts/silences" with={{ id: silence }}>
            {t('routing.silenced')}
          </ScreenLink>
        </div>
      )}
      {inhibitedBy.length > 0 && <div className="note tone-warning">{t('routing.inhibited')}</div>}
      <ol className="route-verdicts">
        {routes.map((route) => (
          <li key={routeId(route.path)}>
            <strong>{route.receiver}</strong>{' '}
            {route.integrations.length === 0 ? (
              <span className="tone-warning">{t('routing.tellsNobody')}</span>
            ) : (
              <span>{route.integrations.join(', ')}</span>
            )}{' '}
            {route.mutedBy.length > 0 && (
              <span className="chip tone-warning">{t('routing.mutedNow', { names: route.mutedBy.join(', ') })}</span>
            )}
            <div className="dim break">
              {t('routing.inGroup')} <code>{route.groupKey}</code>
            </div>
            <div className="dim num">
              {t('routing.groupedBy', { labels: groupingText(route.groupBy, t('routing.one')) })} ·{' '}
              {t('routing.timing', {
                wait: formats.duration(route.groupWaitMs),
                interval: formats.duration(route.groupIntervalMs),
                repeat: formats.duration(route.repeatIntervalMs),
              })}
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}
