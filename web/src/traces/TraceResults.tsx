import { Button, Select } from '@mantine/core';
import type { TraceSearchAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty, PartialNote } from '../states/States.tsx';
import type { Answer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { type Patch, useView } from '../url/view.ts';
import { isTraceOrder, joinAttributes, sortTraces, type TraceForm, traceOrders } from './searchForm.ts';
import { TraceScatter } from './TraceScatter.tsx';
import { TraceTable } from './TraceTable.tsx';

interface Props {
  readonly answer: Answer<TraceSearchAnswer>;
  readonly form: TraceForm;
  readonly onRelax: (patch: Patch) => void;
}

/** What was found, or which condition to drop. */
export function TraceResults({ answer, form, onRelax }: Props) {
  const { t } = useTranslation();
  const view = useView();
  const orderParam = view.params.get('order');
  const order = isTraceOrder(orderParam) ? orderParam : 'newest';
  const found = answer.data;
  const title =
    found === undefined
      ? t('traces.title')
      : found.more
        ? t('traces.foundMore', { count: found.traces.length })
        : t('traces.found', { count: found.traces.length });
  return (
    <Panel
      title={title}
      className="trace-results"
      tools={
        <Select
          size="xs"
          w={150}
          allowDeselect={false}
          aria-label={t('traces.sortBy')}
          data={traceOrders.map((value) => ({ value, label: t(`traces.sort.${value}`) }))}
          value={order}
          onChange={(value) => view.set({ order: value === 'newest' ? null : value }, { replace: true })}
        />
      }
    >
      <Answered answer={answer} height={260}>
        {({ traces, more, notes }) =>
          traces.length === 0 ? (
            <Relax form={form} onRelax={onRelax} />
          ) : (
            <>
              {notes.partial && <PartialNote warnings={notes.warnings} />}
              <TraceScatter traces={traces} more={more} />
              <TraceTable traces={sortTraces(traces, order)} />
            </>
          )
        }
      </Answered>
    </Panel>
  );
}

function Relax({ form, onRelax }: Omit<Props, 'answer'>) {
  const { t } = useTranslation();
  const { setRange } = useTime();
  const conditions: readonly (readonly [string, string, Patch])[] = [
    [t('traces.attribute'), joinAttributes(form.attributes), { attr: null }],
    [
      t('traces.status'),
      form.status === '' ? '' : form.status === 'error' ? t('traces.errorsOnly') : t('traces.okOnly'),
      { status: null },
    ],
    [t('traces.min'), form.min, { min: null }],
    [t('traces.max'), form.max, { max: null }],
    [t('traces.operation'), form.operation, { operation: null }],
    [t('traces.service'), form.service, { service: null, operation: null, scope: null }],
  ];
  return (
    <Empty title={t('traces.empty')} height={240}>
      {conditions
        .filter(([, value]) => value !== '')
        .map(([name, value, patch]) => (
          <Button key={name} size="compact-xs" variant="default" onClick={() => onRelax(patch)}>
            {t('traces.relax', { condition: `${name}: ${value}` })}
          </Button>
        ))}
      <Button size="compact-xs" variant="default" onClick={() => setRange({ from: 'now-24h', to: 'now' })}>
        {t('states.widen')}
      </Button>
    </Empty>
  );
}
