import { Button } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { traceIdIn } from '../app/pasted.ts';
import { useTitle } from '../app/useTitle.ts';
import { fetchTrace } from '../data/trilith.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { goTo } from '../url/view.ts';
import { TraceDetail } from './TraceDetail.tsx';
import { traceTree } from './traceTree.ts';

/** One trace, found by its id alone. */
export function TraceScreen({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const traceId = traceIdIn(id) ?? id;
  const answer = useAnswer({ subject: ['trace', traceId], at: [], ask: (signal) => fetchTrace(traceId, signal) });
  const data = answer.data;
  const tree = useMemo(() => (data === undefined ? null : traceTree(data)), [data]);
  const root = tree?.spans[0]?.span;
  useTitle(root === undefined ? traceId.slice(0, 8) : `${root.service} ${root.operation}`, t('trace.title'));
  if (answer.failure?.status === 404 || (tree !== null && tree.spans.length === 0)) {
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
      {(trace) => (tree === null ? null : <TraceDetail trace={trace} tree={tree} />)}
    </Answered>
  );
}
