import { useElementSize } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useServices } from '../app/useServices.ts';
import { Chart, type PointClick } from '../chart/Chart.tsx';
import { Legend } from '../chart/Legend.tsx';
import { PointMenu } from '../chart/PointMenu.tsx';
import { capSeries, matrixToChart, serviceOf } from '../chart/series.ts';
import type { Unit } from '../chart/units.ts';
import { queryRange } from '../data/prometheus.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered, PartialNote } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { alignRange, stepFor } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { NothingFound } from './NothingFound.tsx';

interface Props {
  readonly query: string;
  readonly unit: Unit;
  readonly onQuery: (query: string) => void;
}

const drawnSeries = 50;
const pixelsPerPoint = 2;
const chartHeight = 340;

/** The query over time. */
export function GraphResult({ query, unit, onQuery }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range, zoomTo } = useTime();
  const { ref, width } = useElementSize();
  const [limit, setLimit] = useState({ query, series: drawnSeries });
  const [shown, setShown] = useState<{ readonly query: string; readonly names: ReadonlySet<string> }>({
    query,
    names: new Set(),
  });
  const [point, setPoint] = useState<PointClick | null>(null);
  const stepMs = stepFor(range, Math.max(100, Math.floor((width || 900) / pixelsPerPoint)));
  const grid = alignRange(range, stepMs);
  const answer = useAnswer({
    subject: ['graph', query],
    at: [grid.fromMs, grid.toMs, stepMs],
    ask: async (signal) => {
      const matrix = await queryRange(query, grid, stepMs, signal);
      return { chart: matrixToChart(matrix, grid, stepMs), warnings: matrix.warnings };
    },
    enabled: width > 0,
  });
  const services = useServices().data?.services;
  const known = services === undefined ? undefined : new Set(services.map((service) => service.name));
  const names = shown.query === query ? shown.names : new Set<string>();
  return (
    <div ref={ref} className="graph-result">
      <Answered answer={answer} height={chartHeight}>
        {({ chart, warnings }) => {
          if (chart.series.length === 0) return <NothingFound query={query} onQuery={onQuery} />;
          const capped = capSeries(chart, limit.query === query ? limit.series : drawnSeries);
          const clicked = point?.series === null || point === null ? undefined : capped.data.series[point.series];
          const only = capped.data.series.length === 1 ? capped.data.series[0] : undefined;
          const labels = (clicked ?? only)?.labels;
          return (
            <>
              {warnings.length > 0 && <PartialNote warnings={warnings} />}
              <Chart
                data={capped.data}
                range={range}
                unit={unit}
                height={chartHeight}
                label={query}
                shown={names}
                onZoom={zoomTo}
                onPoint={setPoint}
              />
              <div className="graph-foot dim num">
                {t('metrics.series', { count: chart.series.length })} ·{' '}
                {t('metrics.step', { step: formats.duration(stepMs) })}
                {capped.hidden > 0 && (
                  <>
                    {' · '}
                    {t('metrics.hiddenSeries', { count: capped.hidden })}{' '}
                    <button
                      type="button"
                      className="text-button"
                      onClick={() => setLimit({ query, series: Number.POSITIVE_INFINITY })}
                    >
                      {t('metrics.drawAll')}
                    </button>
                  </>
                )}
              </div>
              <Legend
                data={capped.data}
                unit={unit}
                shown={names}
                onShown={(next) => setShown({ query, names: next })}
              />
              {point !== null && (
                <PointMenu
                  point={point}
                  service={labels === undefined ? null : serviceOf(labels, known)}
                  onClose={() => setPoint(null)}
                />
              )}
            </>
          );
        }}
      </Answered>
    </div>
  );
}
