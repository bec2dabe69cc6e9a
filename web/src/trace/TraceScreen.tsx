import { Button } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { traceIdIn } from '../app/pasted.ts';
import { useTitle } from '../app/useTitle.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { goTo } from '../url/view.ts';
import { adjustedStarts } from './clockSkew.ts';
import { operationOf, serviceOf, spanTable } from './spanTable.ts';
import { TraceCompare } from './TraceCompare.tsx';
import { TraceDetail } from './TraceDetail.tsx';
import { columnsQuestion, tracesNamed } from './traceQuestion.ts';
import { useTraceView } from './useTraceView.ts';

/** One trace, found by its id alone; beside another one when the address names it (`?vs=` or `a...b`, as Jaeger's). */
export function TraceScreen({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const view = useTraceView();
  const { traceId, against: second } = tracesNamed(id);
  const against = view.against ?? second;
  const answer = useAnswer(columnsQuestion(traceId));
  const { data } = answer;
  const raw = useMemo(() => (data === undefined ? null : spanTable(data)), [data]);
  const table = useMemo(
    () => (data === undefined || raw === null || !view.adjusted ? raw : spanTable(data, adjustedStarts(raw))),
    [data, raw, view.adjusted],
  );
  useTitle(table === null ? traceId.slice(0, 8) : `${serviceOf(table, 0)} ${operationOf(table, 0)}`, t('trace.title'));
  if (answer.failure?.status === 404) {
    return (
      <Empty title={t('trace.notFound')} height={320}>
        <span>{t('trace.notFoundHint')}</span>
        <Button size="compact-xs" variant="default" onClick={answer.retry}>
          {t('states.retry')}
        </Button>
        <Button size="compact-xs" variant="default" onClick={() => goTo('/explore/logs', { q: traceId })}>
          {t('trace.traceLogs')}
        </Button>
      </Empty>
    );
  }
  return (
    <Answered answer={answer} height={360}>
      {({ notes }) => {
        if (table === null) return null;
        if (against !== null) return <TraceCompare table={table} against={traceIdIn(against) ?? against} />;
        return <TraceDetail table={table} skewed={raw?.skewed ?? 0} notes={notes} view={view} />;
      }}
    </Answered>
  );
}
