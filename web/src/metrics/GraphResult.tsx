import { useElementSize } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useScope, useServices } from '../app/useServices.ts';
import { ChangeLayer, useChanges } from '../chart/ChangeLayer.tsx';
import { Chart, type PointClick } from '../chart/Chart.tsx';
import { Legend } from '../chart/Legend.tsx';
import { type ChartData, serviceOf } from '../chart/series.ts';
import type { Unit } from '../chart/units.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered } from '../states/States.tsx';
import { useTime } from '../time/TimeContext.tsx';
import { CostLine } from './CostLine.tsx';
import { type Comparison, shiftMs } from './compare.ts';
import { ExemplarLayer } from './ExemplarLayer.tsx';
import { exemplarReach } from './exemplars.ts';
import type { AskedRow } from './formula.ts';
import { type GraphPart, graphData } from './graphData.ts';
import { NothingFound } from './NothingFound.tsx';
import { RowFailures, RowRemarks } from './RowNotes.tsx';
import { SeriesMenu } from './SeriesMenu.tsx';
import { costOf, useRangeAnswers } from './useAsked.ts';
import { useExemplars } from './useExemplars.ts';
import { type RowRemarks as Remarks, useRemarks } from './useRemarks.ts';

export type GraphStyle = 'line' | 'area' | 'bars';

export interface ResultProps {
  readonly rows: readonly AskedRow[];
  readonly unit: Unit;
  readonly onQuery: (query: string) => void;
  readonly onRemarks: (remarks: Remarks) => void;
}

interface Props extends ResultProps {
  readonly style: GraphStyle;
  readonly comparison: Comparison;
  readonly withExemplars: boolean;
}

const drawnSeries = 50;
const chartHeight = 340;
const noNames: ReadonlySet<string> = new Set();

/** The queries over time, on one graph. */
export function GraphResult({ rows, unit, style, comparison, withExemplars, onQuery, onRemarks }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const { ref, width } = useElementSize();
  const subject = JSON.stringify(rows.map(({ query }) => query));
  const [limit, setLimit] = useState({ subject, series: drawnSeries });
  const asked = useRangeAnswers(rows, width, (stepMs) => shiftMs(comparison, range, stepMs));
  const present = asked.filter(({ part }) => part.shiftMs === 0);
  const remarks = useRemarks(
    present.map(({ asked: row, answer }) => ({ asked: row, data: answer.data })),
    onRemarks,
  );
  const exemplars = useExemplars(rows, withExemplars && width > 0);
  const parts = asked.flatMap(({ part, answer }): readonly GraphPart[] =>
    answer.data === undefined ? [] : [{ ...part, answer: answer.data }],
  );
  const several = rows.length > 1;
  const first = present[0];
  if (first !== undefined && parts.length === 0) {
    const shown = present.find(({ answer }) => answer.failure !== null) ?? first;
    return (
      <div ref={ref} className="graph-result">
        {several && present.some(({ answer }) => answer.failure !== null) ? (
          <RowFailures answers={present} several />
        ) : (
          <Answered answer={shown.answer} height={chartHeight}>
            {() => null}
          </Answered>
        )}
      </div>
    );
  }
  const by = comparison === 'range' ? range.toMs - range.fromMs : shiftMs(comparison, range, 1000);
  const { data, total, hidden } = graphData(parts, range, limit.subject === subject ? limit.series : drawnSeries, {
    earlier: (name) => t('metrics.earlier', { name, by: formats.duration(by) }),
  });
  const steps = [...new Set(present.map(({ part }) => part.stepMs))].map((ms) => formats.duration(ms)).join(', ');
  return (
    <div ref={ref} className="graph-result">
      <RowFailures answers={asked} several={several} />
      <RowRemarks
        several={several}
        remarks={[...remarks].flatMap(([letter, list]) => list.map((remark) => ({ letter, remark })))}
      />
      {data.series.length === 0 ? (
        <NothingFound query={rows[0]?.query ?? ''} onQuery={onQuery} />
      ) : (
        <Drawn
          key={subject}
          data={data}
          unit={unit}
          style={style}
          label={rows.map(({ query }) => query).join(', ')}
          exemplars={exemplars}
          onQuery={onQuery}
        />
      )}
      <div className="graph-foot dim num">
        {t('metrics.series', { count: total })} · {t('metrics.step', { step: steps })} ·{' '}
        <CostLine cost={costOf(parts.map(({ answer }) => answer))} />
        {hidden > 0 && (
          <>
            {' · '}
            {t('metrics.hiddenSeries', { count: hidden })}{' '}
            <button
              type="button"
              className="text-button"
              onClick={() => setLimit({ subject, series: Number.POSITIVE_INFINITY })}
            >
              {t('metrics.drawAll')}
            </button>
          </>
        )}
      </div>
    </div>
  );
}

interface DrawnProps {
  readonly data: ChartData;
  readonly unit: Unit;
  readonly style: GraphStyle;
  readonly label: string;
  readonly exemplars: ReturnType<typeof useExemplars>;
  readonly onQuery: (query: string) => void;
}

function Drawn({ data, unit, style, label, exemplars, onQuery }: DrawnProps) {
  const { range, zoomTo } = useTime();
  const [names, setNames] = useState(noNames);
  const [point, setPoint] = useState<PointClick | null>(null);
  const changes = useChanges(useScope());
  const services = useServices().data?.services;
  const known = services === undefined ? undefined : new Set(services.map((service) => service.name));
  const clicked = point?.series === null || point === null ? undefined : data.series[point.series];
  const labels = (clicked ?? (data.series.length === 1 ? data.series[0] : undefined))?.labels;
  return (
    <>
      <Chart
        data={data}
        range={range}
        unit={unit}
        height={chartHeight}
        label={label}
        kind={style}
        shown={names}
        onZoom={zoomTo}
        onPoint={setPoint}
        reach={exemplarReach(exemplars, data, unit)}
        overlay={(box) => (
          <>
            <ChangeLayer changes={changes} box={box} />
            <ExemplarLayer exemplars={exemplars} box={box} unit={unit} />
          </>
        )}
      />
      <Legend data={data} unit={unit} shown={names} onShown={setNames} />
      {point !== null && (
        <SeriesMenu
          point={point}
          unit={unit}
          labels={labels ?? null}
          service={labels === undefined ? null : serviceOf(labels, known)}
          exemplars={exemplars}
          onQuery={onQuery}
          onClose={() => setPoint(null)}
        />
      )}
    </>
  );
}
