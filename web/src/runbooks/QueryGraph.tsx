import type { RunbookQuery } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../chart/Chart.tsx';
import { Legend } from '../chart/Legend.tsx';
import { capSeries, matrixToChart } from '../chart/series.ts';
import { guessUnit } from '../chart/units.ts';
import { queryLogRange } from '../data/loki.ts';
import { queryRange } from '../data/prometheus.ts';
import { querySpanRange } from '../data/tempoMetrics.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { alignRange, stepFor } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';

const askers = { promql: queryRange, logql: queryLogRange, traceql: querySpanRange } as const;
const pointsWanted = 240;
const finestStepMs = 5000;
const mostSeries = 20;
const height = 180;
const noNames: ReadonlySet<string> = new Set();

/** A query over time. */
export function QueryGraph({ query, language }: Pick<RunbookQuery, 'query' | 'language'>) {
  const { t } = useTranslation();
  const { range, zoomTo } = useTime();
  const [shown, setShown] = useState(noNames);
  const stepMs = stepFor(range, pointsWanted, finestStepMs);
  const grid = alignRange(range, stepMs);
  const unit = language === 'promql' ? guessUnit(query) : 'short';
  const answer = useAnswer({
    subject: ['runbook-graph', language, query],
    at: [grid.fromMs, grid.toMs],
    ask: async (signal) =>
      capSeries(matrixToChart(await askers[language](query, grid, stepMs, signal), grid, stepMs), mostSeries),
  });
  return (
    <Answered answer={answer} height={height}>
      {({ data, hidden }) =>
        data.series.length === 0 ? (
          <Empty title={t('runbooks.nothing')} height={72} />
        ) : (
          <>
            <Chart data={data} range={range} unit={unit} height={height} label={query} shown={shown} onZoom={zoomTo} />
            {data.series.length > 1 && <Legend data={data} unit={unit} shown={shown} onShown={setShown} />}
            {hidden > 0 && <div className="graph-foot dim">{t('metrics.hiddenSeries', { count: hidden })}</div>}
          </>
        )
      }
    </Answered>
  );
}
