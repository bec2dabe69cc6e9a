import { Button, SegmentedControl, Select } from '@mantine/core';
import type { TraceOverviewAnswer, TraceSearchAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty, PartialNote } from '../states/States.tsx';
import type { Answer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ColumnChooser } from './ColumnChooser.tsx';
import { conditionTexts, everything, withoutCondition } from './formQuery.ts';
import { OperationTable } from './OperationTable.tsx';
import { SpanTable } from './SpanTable.tsx';
import { serverOrder, sortTraces, traceOrders } from './searchForm.ts';
import { TraceStructure } from './TraceStructure.tsx';
import { TraceTable } from './TraceTable.tsx';
import { type TracesView, traceLists } from './useTracesView.ts';

interface Props {
  readonly view: TracesView;
  readonly found: Answer<TraceSearchAnswer>;
  readonly overview: Answer<TraceOverviewAnswer>;
  /** The row the keys are at. */
  readonly cursor: number;
}

/** What was found as traces, spans, operations or their structure, or which condition to drop. */
export function TraceResults({ view, found, overview, cursor }: Props) {
  const { t } = useTranslation();
  const setOrder = (order: string): void => view.set({ order: order === 'newest' ? null : order }, { replace: true });
  return (
    <Panel
      title={<Found view={view} found={found.data} overview={overview.data} />}
      className="trace-results"
      tools={
        <>
          <SegmentedControl
            size="xs"
            aria-label={t('traces.lists')}
            value={view.list}
            onChange={(list) => view.set({ list: list === 'traces' ? null : list })}
            data={traceLists.map((value) => ({ value, label: t(`traces.list.${value}`) }))}
          />
          {view.list !== 'operations' && (
            <>
              {view.list !== 'structure' && (
                <ColumnChooser
                  columns={view.columns}
                  onColumns={(columns) => view.set({ cols: columns.join(',') }, { replace: true })}
                />
              )}
              <Select
                size="xs"
                w={140}
                allowDeselect={false}
                aria-label={t('traces.sortBy')}
                data={traceOrders.map((value) => ({ value, label: t(`traces.sort.${value}`) }))}
                value={view.order}
                onChange={(value) => setOrder(value ?? 'newest')}
              />
            </>
          )}
        </>
      }
    >
      {view.list === 'operations' ? (
        <Answered answer={overview} height={260}>
          {({ operations, totals }) =>
            operations.length === 0 ? (
              <Relax view={view} />
            ) : (
              <OperationTable operations={operations} total={totals.spans} view={view} />
            )
          }
        </Answered>
      ) : (
        <Answered answer={found} height={260}>
          {({ traces, notes }) => {
            if (traces.length === 0) return <Relax view={view} />;
            const sorted = sortTraces(traces, view.order);
            return (
              <>
                {notes.partial && <PartialNote warnings={notes.warnings} />}
                {view.list === 'spans' && <SpanTable traces={sorted} view={view} />}
                {view.list === 'structure' && <TraceStructure traces={sorted} view={view} />}
                {view.list === 'traces' && (
                  <TraceTable
                    traces={sorted}
                    columns={view.columns}
                    order={view.order}
                    cursor={cursor}
                    onOrder={setOrder}
                  />
                )}
              </>
            );
          }}
        </Answered>
      )}
    </Panel>
  );
}

/** How many there are in all and which of them are listed. */
function Found({
  view,
  found,
  overview,
}: {
  readonly view: TracesView;
  readonly found: TraceSearchAnswer | undefined;
  readonly overview: TraceOverviewAnswer | undefined;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (found === undefined) return t('traces.title');
  const shown = formats.integer(found.traces.length);
  const listed = !found.more
    ? null
    : serverOrder(view.order) === 'slowest'
      ? t('traces.listedSlowest', { shown })
      : t('traces.listedNewest', { shown });
  if (overview === undefined) return listed ?? t('traces.found', { count: found.traces.length, text: shown });
  const { traces, stored: spans } = overview.totals;
  return (
    <>
      {t('traces.found', { count: traces, text: formats.integer(traces) })}
      <span className="dim">
        {' · '}
        {t('traces.spansFound', { count: spans, text: formats.integer(spans) })}
        {listed !== null && ` · ${listed}`}
      </span>
    </>
  );
}

function Relax({ view }: { readonly view: TracesView }) {
  const { t } = useTranslation();
  const { setRange } = useTime();
  return (
    <Empty title={t('traces.empty')} height={240}>
      {conditionTexts(view.query).map((text) => (
        <Button
          key={text}
          size="compact-xs"
          variant="default"
          onClick={() => view.ask(withoutCondition(view.query, text))}
        >
          {t('traces.relax', { condition: text })}
        </Button>
      ))}
      {view.query !== everything && (
        <Button size="compact-xs" variant="default" onClick={() => view.ask(everything)}>
          {t('traces.everything')}
        </Button>
      )}
      <Button size="compact-xs" variant="default" onClick={() => setRange({ from: 'now-24h', to: 'now' })}>
        {t('states.widen')}
      </Button>
    </Empty>
  );
}
