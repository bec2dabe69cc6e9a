import type { AlertGroupNow } from '@trilith/contract';
import { expressionIn, type Plotted, plottedOf } from '@trilith/lang/plotted';
import { matrixToChart, type Series } from '../../chart/series.ts';
import { useAnswers } from '../../states/useAnswers.ts';
import { alignRange } from '../../time/range.ts';
import { queryPlotted } from '../rules/queryPlotted.ts';

const hourMs = 3_600_000;
const stepMs = 60_000;
/** Expressions asked for at once: beyond this many rules cards show no line. */
const mostAsked = 24;

type Alert = AlertGroupNow['alerts'][number];

/** The last hour of what an alert is evaluated from. */
export interface AlertValue {
  readonly plotted: Plotted;
  readonly values: readonly (number | null | undefined)[];
  readonly last: number | null;
}

/** Values of alerts that fire, one query for each different expression. */
export function useAlertValues(
  groups: readonly AlertGroupNow[],
  nowMs: number,
): (alert: Alert) => AlertValue | undefined {
  const urls = [...new Set(groups.flatMap(({ alerts }) => alerts.map(({ generatorUrl }) => generatorUrl)))];
  const asked = urls.slice(0, mostAsked).flatMap((url) => {
    const plotted = plottedOf(expressionIn(url));
    return plotted === undefined ? [] : [{ url, plotted }];
  });
  const range = alignRange({ fromMs: nowMs - hourMs, toMs: nowMs }, stepMs);
  const answers = useAnswers(
    asked.map(({ plotted }) => ({
      subject: ['alert-value', plotted.language, plotted.expr],
      at: [range.toMs],
      ask: (signal: AbortSignal) => queryPlotted(plotted, range, stepMs, signal),
    })),
  );
  const byUrl = new Map(
    asked.map(({ url, plotted }, at) => {
      const data = answers[at]?.data;
      return [url, { plotted, series: data === undefined ? [] : matrixToChart(data, range, stepMs).series }] as const;
    }),
  );
  return (alert) => {
    const found = byUrl.get(alert.generatorUrl);
    const own = found === undefined ? undefined : seriesOf(alert, found.series);
    if (found === undefined || own === undefined) return undefined;
    const last = own.values.findLast((value) => value !== null && value !== undefined);
    return { plotted: found.plotted, values: own.values, last: last ?? null };
  };
}

/** The series an alert is about: its labels are among the alert's. */
function seriesOf<S extends Pick<Series, 'labels'>>(
  { labels }: Pick<Alert, 'labels'>,
  series: readonly S[],
): S | undefined {
  return series.find((one) =>
    Object.entries(one.labels).every(([name, value]) => name === '__name__' || labels[name] === value),
  );
}
