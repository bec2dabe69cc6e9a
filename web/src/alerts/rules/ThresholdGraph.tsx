import { plottedOf } from '@trilith/lang/plotted';
import { useTranslation } from 'react-i18next';
import { Chart, type PlotBox } from '../../chart/Chart.tsx';
import { paletteColor } from '../../chart/palette.ts';
import { type ChartData, capSeries, matrixToChart } from '../../chart/series.ts';
import { levelColors, useTheme } from '../../chart/tokens.ts';
import { guessUnit } from '../../chart/units.ts';
import { fetchAlertHistory } from '../../data/alertPast.ts';
import type { Rule, RuleGroup } from '../../data/alerts.ts';
import { useFormats } from '../../i18n/format.ts';
import { Answered, Empty } from '../../states/States.tsx';
import { useAnswer } from '../../states/useAnswer.ts';
import { alignRange, stepFor } from '../../time/range.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { queryPlotted } from './queryPlotted.ts';

const points = 240;
const drawnSeries = 20;
const height = 220;

/** A stretch in which an alert of the rule fired; it goes on where it has no end. */
interface Firing {
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** What a rule looks at over the range of the page, the line it is held against, and when it fired. */
export function ThresholdGraph({ group, rule }: { readonly group: RuleGroup; readonly rule: Rule }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range, zoomTo } = useTime();
  const theme = useTheme();
  const plotted = plottedOf({ language: rule.language, text: rule.query });
  const stepMs = stepFor(range, points, 10_000);
  const aligned = alignRange(range, stepMs);
  const answer = useAnswer({
    subject: ['rule-graph', plotted?.language, plotted?.expr],
    at: [aligned.fromMs, aligned.toMs],
    ask: (signal) => queryPlotted(plotted ?? { language: rule.language, expr: rule.query }, aligned, stepMs, signal),
    enabled: plotted !== undefined,
  });
  const subject = { alert: rule.name, labels: {} };
  const history = useAnswer({
    subject: ['alert-history', subject],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchAlertHistory(subject, range, signal),
    enabled: rule.type === 'alerting',
  });
  const firings = (history.data?.series ?? [])
    .filter((one) => one.rule.group === group.name)
    .flatMap(({ states }) => states.filter(({ state }) => state === 'firing'));
  const threshold = plotted?.threshold;
  const unit = guessUnit(plotted?.expr ?? rule.query);
  return (
    <Answered answer={answer} height={height}>
      {(matrix) => {
        const found = matrixToChart(matrix, aligned, stepMs);
        if (found.series.length === 0) return <Empty title={t('alertRules.noSeries')} height={100} />;
        const { data, hidden } = capSeries(found, drawnSeries);
        const colors = [...data.series.map((_, at) => paletteColor(at, theme)), levelColors[theme].error ?? ''];
        const shown = threshold === undefined ? data : withLevel(data, threshold, t('alertRules.threshold'));
        return (
          <div className="threshold-graph">
            <Chart
              data={shown}
              range={aligned}
              unit={unit}
              colors={colors}
              height={height}
              label={rule.name}
              reach={threshold === undefined ? undefined : [threshold, threshold * 1.1]}
              overlay={(box) => <FiringLayer firings={firings} box={box} />}
              onZoom={zoomTo}
            />
            <p className="dim graph-note">
              {threshold !== undefined && `${t('alertRules.threshold')}: ${formats.value(threshold, unit)}`}
              {firings.length > 0 && ` · ${t('alertRules.fired', { count: firings.length })}`}
              {hidden > 0 && ` · ${t('alertRules.hiddenSeries', { count: hidden })}`}
            </p>
          </div>
        );
      }}
    </Answered>
  );
}

function withLevel({ times, series }: ChartData, value: number, name: string): ChartData {
  const level = { name, labels: {}, values: times.map(() => value), dash: 'level' as const };
  return { times, series: [...series, level] };
}

/** Red bands over a plot where the rule fired. */
function FiringLayer({ firings, box }: { readonly firings: readonly Firing[]; readonly box: PlotBox }) {
  const { x, left, top, width, height: boxHeight } = box;
  const place = (ms: number): number => ((Math.min(x.max, Math.max(x.min, ms)) - x.min) / (x.max - x.min || 1)) * width;
  return firings
    .filter(({ fromMs, toMs }) => fromMs < x.max && (toMs ?? x.max) > x.min)
    .map(({ fromMs, toMs }) => {
      const from = place(fromMs);
      return (
        <div
          key={`${fromMs} ${toMs}`}
          className="firing-band"
          style={{ left: left + from, width: Math.max(2, place(toMs ?? x.max) - from), top, height: boxHeight }}
        />
      );
    });
}
