import { Button } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconListDetails } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SavedViews } from '../app/SavedViews.tsx';
import { Chart } from '../chart/Chart.tsx';
import { Legend } from '../chart/Legend.tsx';
import { capSeries, matrixToChart } from '../chart/series.ts';
import { queryLogRange } from '../data/loki.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { alignRange, stepFor } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { logViewParameters, readViews } from './savedViews.ts';
import type { LogView } from './useLogView.ts';

const chartHeight = 320;
const pixelsPerPoint = 3;
const fewestPoints = 100;
const drawnSeries = 50;
const noNames: ReadonlySet<string> = new Set();

interface Props {
  readonly view: LogView;
  /** The queries whose lines it counts. */
  readonly lines: readonly string[];
}

/** A LogQL query that yields numbers, over time; from it one comes to the lines it counts. */
export function LogMetric({ view, lines }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range, zoomTo } = useTime();
  const { ref, width } = useElementSize();
  const [shown, setShown] = useState(noNames);
  const [limit, setLimit] = useState(drawnSeries);
  const stepMs = stepFor(range, Math.max(fewestPoints, Math.floor(width / pixelsPerPoint)));
  const grid = alignRange(range, stepMs);
  const { query } = view;
  const answer = useAnswer({
    subject: ['log-metric', query],
    at: [grid.fromMs, grid.toMs, stepMs],
    ask: async (signal) => matrixToChart(await queryLogRange(query, grid, stepMs, signal), grid, stepMs),
    enabled: width > 0,
  });
  return (
    <section className="panel logs-metric">
      <div className="panel-head result-head">
        <div className="panel-tools">
          {lines.map((one) => (
            <Button
              key={one}
              size="compact-sm"
              variant="default"
              leftSection={<IconListDetails size={14} aria-hidden />}
              title={one}
              onClick={() => view.set({ q: one, line: null, at: null })}
            >
              {t('logs.countedLines')}
              {lines.length > 1 && <code className="metric-lines">{one}</code>}
            </Button>
          ))}
        </div>
        <div className="panel-tools">
          <SavedViews
            screen="logs"
            parameters={logViewParameters}
            read={readViews}
            onShow={(patch) => view.set(patch)}
          />
        </div>
      </div>
      <div ref={ref} className="graph-result">
        <Answered answer={answer} height={chartHeight}>
          {(all) => {
            if (all.series.length === 0) return <Empty title={t('logs.noNumbers')} height={200} />;
            const { data, hidden } = capSeries(all, limit);
            return (
              <>
                <Chart
                  data={data}
                  range={range}
                  unit="short"
                  height={chartHeight}
                  label={query}
                  shown={shown}
                  onZoom={zoomTo}
                />
                <Legend data={data} unit="short" shown={shown} onShown={setShown} />
                <div className="graph-foot dim num">
                  {t('metrics.series', { count: all.series.length })} ·{' '}
                  {t('metrics.step', { step: formats.duration(stepMs) })}
                  {hidden > 0 && (
                    <>
                      {' · '}
                      {t('metrics.hiddenSeries', { count: hidden })}{' '}
                      <button type="button" className="text-button" onClick={() => setLimit(Number.POSITIVE_INFINITY)}>
                        {t('metrics.drawAll')}
                      </button>
                    </>
                  )}
                </div>
              </>
            );
          }}
        </Answered>
      </div>
    </section>
  );
}
