import type { TargetsAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { RelabelSteps } from './RelabelSteps.tsx';

const SHOWN = 200;

/** Targets that were found and are not scraped: dropped by relabelling, or without an address. */
export function NotScraped({ dropped, broken }: Pick<TargetsAnswer, 'dropped' | 'broken'>) {
  const { t } = useTranslation();
  const rows = [...broken, ...dropped.map((target) => ({ ...target, reason: t('data.droppedByRules') }))];
  if (rows.length === 0) return null;
  return (
    <details className="not-scraped">
      <summary>{t('data.notScraped', { count: rows.length })}</summary>
      <ul>
        {rows.slice(0, SHOWN).map(({ job, reason, discovered }) => (
          <li key={`${job} ${JSON.stringify(discovered)}`}>
            <details>
              <summary>
                {job} <span className="mono break">{discovered.__address__ ?? ''}</span>{' '}
                <span className="dim">{reason}</span>
              </summary>
              <RelabelSteps job={job} discovered={discovered} />
            </details>
          </li>
        ))}
      </ul>
    </details>
  );
}
