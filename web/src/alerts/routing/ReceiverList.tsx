import { Button } from '@mantine/core';
import type { ReceiverTestAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { testReceiver } from '../../data/alertPast.ts';
import { useFormats } from '../../i18n/format.ts';
import { useAction } from '../../states/useAction.ts';
import { isLoose, type ReceiverRow } from './routeRows.ts';

/** Receivers with who and what belongs to them; each can be tried alone. */
export function ReceiverList({ rows }: { readonly rows: readonly ReceiverRow[] }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="panel-body dim">{t('routing.testHint')}</p>
      <ul className="route-tree">
        {rows.map((row) => (
          <ReceiverLine key={row.name} row={row} />
        ))}
      </ul>
    </>
  );
}

function ReceiverLine({ row }: { readonly row: ReceiverRow }) {
  const { t } = useTranslation();
  const { busy, run } = useAction();
  const [answer, setAnswer] = useState<ReceiverTestAnswer | null>(null);
  const { name, routes, people } = row;
  return (
    <li className="route-line">
      <div className="route-line-head">
        <strong className="break">{name}</strong>
        {routes > 0 && <span className="dim num">{t('routing.ofRoutes', { count: routes })}</span>}
        {people.length > 0 && <span className="dim">{people.join(', ')}</span>}
        {isLoose(row) && <span className="tone-warning">{t('routing.nothingLeads')}</span>}
        <Button
          size="compact-sm"
          variant="default"
          disabled={busy}
          aria-label={t('routing.testReceiver', { receiver: name })}
          onClick={() => run(() => testReceiver(name), setAnswer)}
        >
          {t('routing.sendTest')}
        </Button>
      </div>
      {answer !== null && <TestResult answer={answer} />}
    </li>
  );
}

function TestResult({ answer: { integrations } }: { readonly answer: ReceiverTestAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <div className="route-facts" role="status">
      {integrations.length === 0 && <span className="tone-warning">{t('routing.tellsNobody')}</span>}
      {integrations.map(({ integration, accepted, status, error, latencyMs }) => (
        <span key={integration} className="break">
          <code>{integration}</code>{' '}
          <span className={accepted ? 'tone-ok' : 'tone-error'}>
            {t(accepted ? 'routing.tookTest' : 'routing.refusedTest')}
          </span>{' '}
          <span className="num">
            {status === 0 ? '' : `${status}, `}
            {formats.duration(latencyMs)}
          </span>{' '}
          {error}
        </span>
      ))}
    </div>
  );
}
