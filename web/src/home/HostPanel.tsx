import { useTranslation } from 'react-i18next';
import { Chart } from '../chart/Chart.tsx';
import { paletteColor } from '../chart/palette.ts';
import { type ChartData, matrixToChart, type Series } from '../chart/series.ts';
import { useTheme } from '../chart/tokens.ts';
import { queryRange } from '../data/prometheus.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { alignRange, stepFor } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { type HostChart, hostCharts, hostSeriesName, rateWindow } from './hostCharts.ts';

const pointsWanted = 240;
const finestStepMs = 5000;
const height = 130;

/** Load 1, 5, 15 in that order; names otherwise. */
function byName(a: Series, b: Series): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true });
}

function HostChartCard({ chart }: { readonly chart: HostChart }) {
  const { t } = useTranslation();
  const theme = useTheme();
  const { range, zoomTo } = useTime();
  const stepMs = stepFor(range, pointsWanted, finestStepMs);
  const grid = alignRange(range, stepMs);
  const answer = useAnswer({
    subject: ['host', chart.id],
    at: [grid.fromMs, grid.toMs, stepMs],
    ask: async (signal) => matrixToChart(await queryRange(chart.query, grid, stepMs, signal), grid, stepMs),
  });
  const named = (data: ChartData): ChartData => ({
    times: data.times,
    series: data.series.toSorted(byName).map((series) => {
      const name = hostSeriesName(chart, series.labels);
      return { ...series, name: 'word' in name ? t(`home.${name.word}`) : name.own };
    }),
  });
  const title = t(`home.${chart.id}`);
  const legend = answer.data === undefined ? [] : named(answer.data).series.slice(0, 4);
  return (
    <div className="host-chart">
      <div className="host-chart-head">
        <ScreenLink to="/explore/metrics" with={{ q: chart.query }} title={t('home.openGraph')}>
          {title}
        </ScreenLink>
        <span className="host-legend">
          {legend.map((series, at) => (
            <span key={series.name}>
              <span className="swatch" style={{ background: paletteColor(at, theme) }} />
              {series.name}
            </span>
          ))}
        </span>
      </div>
      <Answered answer={answer} height={height}>
        {(data) =>
          data.series.length === 0 ? (
            <Empty title={t('home.hostWaiting')} height={height} />
          ) : (
            <Chart
              data={named(data)}
              range={range}
              unit={chart.unit}
              height={height}
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
