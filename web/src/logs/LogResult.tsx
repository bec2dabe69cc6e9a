import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../data/http.ts';
import { diagnose } from '../editor/diagnose.ts';
import { Empty, Failure, Loading, StaleNote } from '../states/States.tsx';
import { useTime } from '../time/TimeContext.tsx';
import type { FormProps } from './formProps.ts';
import { LogJson } from './LogJson.tsx';
import { LogList } from './LogList.tsx';
import { LogTable } from './LogTable.tsx';
import { dropLast } from './refine.ts';

interface Props extends FormProps {
  /** The query does not parse. */
  readonly broken: boolean;
  readonly onRefine: (query: string) => void;
}

/** The forms that show lines; patterns and comparisons are none, and a list stands in for them. */
const forms = { list: LogList, table: LogTable, json: LogJson, patterns: LogList, compare: LogList } as const;

/** The lines in the chosen form, or why there are none. */
export function LogResult({ broken, onRefine, ...props }: Props) {
  const { view, lines } = props;
  const { t } = useTranslation();
  if (broken) return <BrokenQuery query={view.query} />;
  if (lines.first === 'loading') return <Loading height={240} onCancel={lines.cancel} />;
  if (lines.first === 'failed' && lines.failure !== null)
    return (
      <Failure
        failure={lines.failure}
        onRetry={lines.retry}
        height={240}
        {...(lines.failure.status === 400 ? { title: t('logs.cannotRun') } : {})}
      />
    );
  if (lines.first === 'cancelled') {
    return (
      <Empty title={t('states.cancelled')}>
        <Button size="compact-xs" variant="default" onClick={lines.retry}>
          {t('states.retry')}
        </Button>
      </Empty>
    );
  }
  if (lines.count === 0) return <NoLines view={view} lines={lines} onRefine={onRefine} />;
  const Form = forms[view.form];
  return (
    <>
      {lines.staleMs !== null && <StaleNote dataMs={lines.staleMs} />}
      <Form {...props} />
    </>
  );
}

function BrokenQuery({ query }: { readonly query: string }) {
  const { t } = useTranslation();
  const message = diagnose('logql', query)[0]?.message ?? '';
  const failure = { status: 400, code: 'bad_query', message, setting: null, requestId: '', position: null };
  return <Failure title={t('logs.cannotRun')} failure={new ApiFailure(failure)} height={200} />;
}

/** What to try when nothing matches. */
function NoLines({ view, lines, onRefine }: Pick<Props, 'view' | 'lines' | 'onRefine'>) {
  const { t } = useTranslation();
  const { setRange } = useTime();
  const relaxed = dropLast(view.query);
  if (lines.tail.refusal !== '') return <Empty title={lines.tail.refusal} height={240} />;
  return (
    <Empty title={view.live ? t('logs.liveWaiting') : t('logs.empty')} height={240}>
      <span>
        {t('logs.emptyHint')} <code>{view.query}</code>
      </span>
      {view.atMs !== null && (
        <Button size="compact-xs" variant="default" onClick={() => view.set({ at: null })}>
          {t('logs.wholeRange')}
        </Button>
      )}
      {relaxed !== null && (
        <Button size="compact-xs" variant="default" onClick={() => onRefine(relaxed)}>
          {t('logs.dropLast')}
        </Button>
      )}
      <Button size="compact-xs" variant="default" onClick={() => setRange({ from: 'now-24h', to: 'now' })}>
        {t('states.widen')}
      </Button>
      <Button size="compact-xs" variant="default" onClick={() => onRefine('')}>
        {t('logs.allLines')}
      </Button>
    </Empty>
  );
}
