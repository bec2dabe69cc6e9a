import { IconArrowLeft, IconX } from '@tabler/icons-react';
import type { CardinalityAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useScope } from '../app/useServices.ts';
import { useTitle } from '../app/useTitle.ts';
import { Chart } from '../chart/Chart.tsx';
import { fetchCardinality } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { alignRange } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { useView } from '../url/view.ts';
import { CardinalityTables } from './CardinalityTables.tsx';
import type { Narrowing } from './narrowing.ts';

const listed = 50;
/** Counts of series change slowly and are counted anew at most once a minute. */
const gridMs = 60_000;

/** What makes the number of series: metrics, labels, churn, services; each row narrows the rest. */
export function CardinalityScreen() {
  const { t } = useTranslation();
  const view = useView();
  const scope = useScope();
  const { range } = useTime();
  useTitle(t('cardinality.title'));
  const narrowing: Narrowing = {
    metric: view.params.get('metric') ?? '',
    label: view.params.get('label') ?? '',
    service: view.params.get('service') ?? scope,
  };
  const narrow = (change: Partial<Narrowing>): void => view.set(change);
  const grid = alignRange(range, gridMs);
  const answer = useAnswer({
    subject: ['cardinality', narrowing],
    at: [grid.fromMs, grid.toMs],
    ask: (signal) => fetchCardinality(grid, { ...narrowing, limit: listed }, signal),
  });
  return (
    <div className="cardinality">
      <div className="cardinality-head">
        <ScreenLink to="/data" className="with-icon">
          <IconArrowLeft size={15} aria-hidden />
          {t('data.title')}
        </ScreenLink>
        <h1>{t('cardinality.title')}</h1>
        <Chips narrowing={narrowing} onNarrow={narrow} />
      </div>
      <Answered answer={answer} height={300}>
        {(data) =>
          data.series === 0 ? (
            <Empty title={t('cardinality.empty')} height={200} />
          ) : (
            <>
              <Facts data={data} />
              <Churn data={data} />
              <CardinalityTables data={data} narrowing={narrowing} onNarrow={narrow} />
            </>
          )
        }
      </Answered>
    </div>
  );
}

interface ChipsProps {
  readonly narrowing: Narrowing;
  readonly onNarrow: (change: Partial<Narrowing>) => void;
}

function Chips({ narrowing, onNarrow }: ChipsProps) {
  const { t } = useTranslation();
  const chips = [
    { key: 'metric', value: narrowing.metric, text: t('cardinality.onlyMetric', { name: narrowing.metric }) },
    { key: 'label', value: narrowing.label, text: t('cardinality.onlyLabel', { name: narrowing.label }) },
    { key: 'service', value: narrowing.service, text: t('cardinality.onlyService', { name: narrowing.service }) },
  ].filter(({ value }) => value !== '');
  if (chips.length === 0) return <span className="dim">{t('cardinality.open')}</span>;
  return chips.map(({ key, text }) => (
    <button
      type="button"
      key={key}
      className="chip"
      title={t('cardinality.takeAway', { what: text })}
      aria-label={t('cardinality.takeAway', { what: text })}
      onClick={() => onNarrow({ [key]: '' })}
    >
      {text}
      <IconX size={12} aria-hidden />
    </button>
  ));
}

function Facts({ data }: { readonly data: CardinalityAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const hours = (data.churn.created.length * data.churn.stepMs) / 3_600_000;
  return (
    <dl className="figures num">
      <div>
        <dt>{t('cardinality.series')}</dt>
        <dd>
          {formats.integer(data.series)}
          {data.series !== data.allSeries && (
            <span className="dim"> {t('cardinality.ofAll', { all: formats.integer(data.allSeries) })}</span>
          )}
        </dd>
      </div>
      <div>
        <dt>{t('cardinality.created')}</dt>
        <dd>
          {formats.integer(data.created)}{' '}
          <span className="dim">
            {t('cardinality.createdHour', {
              count: formats.integer(Math.round(data.created / Math.max(hours, 1 / 60))),
            })}
          </span>
        </dd>
      </div>
      <div>
        <dt>{t('cardinality.metricCount')}</dt>
        <dd>{formats.integer(data.metricCount)}</dd>
      </div>
      <div>
        <dt>{t('cardinality.labelCount')}</dt>
        <dd>{formats.integer(data.labelCount)}</dd>
      </div>
    </dl>
  );
}

function Churn({ data }: { readonly data: CardinalityAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range, zoomTo } = useTime();
  const { startMs, stepMs, created } = data.churn;
  const title = t('cardinality.churn', { step: formats.duration(stepMs) });
  return (
    <Panel title={title}>
      <Chart
        data={{
          times: created.map((_, at) => startMs + at * stepMs),
          series: [{ name: t('cardinality.created'), labels: {}, values: created }],
        }}
        range={range}
        unit="short"
        height={120}
        kind="bars"
        label={title}
        onZoom={zoomTo}
      />
    </Panel>
  );
}
