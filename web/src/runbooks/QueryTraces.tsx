import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { searchTraces } from '../data/traces.ts';
import { Answered, Empty, PartialNote } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { sortTraces, type TraceOrder } from '../traces/searchForm.ts';
import { TraceTable } from '../traces/TraceTable.tsx';

const limit = 10;

/** The newest traces a TraceQL query finds. */
export function QueryTraces({ query }: { readonly query: string }) {
  const { t } = useTranslation();
  const { range } = useTime();
  const [order, setOrder] = useState<TraceOrder>('newest');
  const answer = useAnswer({
    subject: ['runbook-traces', query],
    at: [range.fromMs, range.toMs],
    ask: (signal) => searchTraces({ query, order: 'newest', column: [], limit, spans: 1 }, range, signal),
  });
  return (
    <Answered answer={answer} height={120}>
      {({ traces, notes }) =>
        traces.length === 0 ? (
          <Empty title={t('runbooks.noTraces')} height={72} />
        ) : (
          <>
            {notes.partial && <PartialNote warnings={notes.warnings} />}
            <TraceTable traces={sortTraces(traces, order)} columns={[]} order={order} cursor={-1} onOrder={setOrder} />
          </>
        )
      }
    </Answered>
  );
}
