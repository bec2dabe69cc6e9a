import { useTranslation } from 'react-i18next';
import { Chart } from '../chart/Chart.tsx';
import { paletteColor } from '../chart/palette.ts';
import { type ChartData, matrixToChart } from '../chart/series.ts';
import { useTheme } from '../chart/tokens.ts';
import { queryRange } from '../data/prometheus.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { alignRange, stepFor } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { type HostChart, hostCharts, rateWindow } from './hostCharts.ts';

const pointsWanted = 240;
const finestStepMs = 5000;

function HostChartCard({ chart }: { readonly chart: HostChart }) {
  const { t } = useTranslation();
  const theme = useTheme();
  const { range, zoomTo } = useTime();
  const stepMs = stepFor(range, pointsWanted, finestStepMs);
  const grid = alignRange(range, stepMs);
  const answer = useAnswer({
    subject: ['host', chart.id],
    at: [grid.fromMs, grid.toMs, stepMs],
    ask: async (signal): Promise<ChartData> => {
      const answers = await Promise.all(chart.queries.map((one) => queryRange(one.query, grid, stepMs, signal)));
      const charts = answers.map((one) => matrixToChart(one, grid, stepMs));
      const series = charts.flatMap((one, at) => {
        const word = chart.queries[at]?.name;
        return one.series.map((line) => ({
          ...line,
          name: word === undefined ? (line.labels['mountpoint'] ?? line.name) : word,
        }));
      });
      return { times: charts[0]?.times ?? [], series };
    },
  });
  const title = t(`home.${chart.id}`);
  return (
    <div className="host-chart">
      <div className="host-chart-head">
        <ScreenLink to="/explore/metrics" with={{ q: chart.queries[0]?.query }} title={t('home.openGraph')}>
          {title}
        </ScreenLink>
        <span className="host-legend">
          {(answer.data?.series ?? []).slice(0, 4).map((series, at) => (
            <span key={series.name}>
              <span className="swatch" style={{ background: paletteColor(at, theme) }} />
              {legendWord(series.name, chart, t)}
            </span>
          ))}
        </span>
      </div>
      <Answered answer={answer} height={130}>
        {(data) =>
          data.series.length === 0 ? (
            <Empty title={t('home.hostWaiting')} height={130} />
          ) : (
            <Chart
              data={{
                times: data.times,
                series: data.series.map((series) => ({ ...series, name: legendWord(series.name, chart, t) })),
              }}
              range={range}
              unit={chart.unit}
              height={130}
              kind="area"
              label={title}
              onZoom={zoomTo}
              {...(chart.max === undefined ? {} : { max: chart.max })}
            />
          )
        }
      </Answered>
    </div>
  );
}

function legendWord(name: string, chart: HostChart, t: ReturnType<typeof useTranslation>['t']): string {
  const known = chart.queries.find((query) => query.name !== undefined && query.name === name)?.name;
  return known === undefined ? name : t(`home.${known}`);
}

/** The machine Trilith runs on, from its own node metrics: there from the first minute. */
export function HostPanel() {
  const { t } = useTranslation();
  const { range } = useTime();
  const window = rateWindow(stepFor(range, pointsWanted, finestStepMs));
  return (
    <Panel title={t('home.host')}>
      <div className="host-charts">
        {hostCharts(window).map((chart) => (
          <HostChartCard key={chart.id} chart={chart} />
        ))}
      </div>
    </Panel>
  );
}
