import type { TraceOverviewAnswer } from '@trilith/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ChangeLayer, useChanges } from '../chart/ChangeLayer.tsx';
import { Chart } from '../chart/Chart.tsx';
import type { Theme } from '../chart/palette.ts';
import { levelColors, useTheme } from '../chart/tokens.ts';
import type { Unit } from '../chart/units.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { useTime } from '../time/TimeContext.tsx';
import { errorShares, rates, stepTimes, usualOf } from './overviewSeries.ts';
import { SpanAlertButton } from './SpanAlertButton.tsx';
import type { Watched } from './spanAlert.ts';
import type { TracesView } from './useTracesView.ts';

interface Props {
  readonly overview: TraceOverviewAnswer;
  readonly view: TracesView;
}

interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

const height = 104;
const percentiles = ['p50', 'p95', 'p99'] as const;
const percentileColors: Readonly<Record<Theme, readonly string[]>> = {
  dark: ['#3fc9c9', '#4c9aff', '#b48cf2'],
  light: ['#007d79', '#0f62fe', '#8a3ffc'],
};

/** Rate, errors and durations of the selected spans; drag on any of them narrows the time. */
export function RedStrip({ overview, view }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const { range, zoomTo } = useTime();
  const changes = useChanges(view.form?.service ?? '');
  const times = stepTimes(overview);
  const { good, failed } = rates(overview);
  const { spans, errors } = overview.totals;
  const red = levelColors[theme].error ?? '';
  const blue = levelColors[theme].info ?? '';
  const seconds = (range.toMs - range.fromMs) / 1000;
  const chart = (
    watched: Watched,
    label: string,
    figure: ReactNode,
    lines: readonly Line[],
    unit: Unit,
    kind: 'line' | 'area' | 'bars',
    colors: readonly string[],
  ) => (
    <Panel
      title={
        <>
          {label} <span className="dim num">{figure}</span>
        </>
      }
      tools={<SpanAlertButton view={view} panel={watched} usualMs={usualOf(overview.p95Ms)} />}
      className="red-chart"
    >
      <Chart
        data={{ times, series: lines.map((line) => ({ ...line, labels: {} })) }}
        range={range}
        unit={unit}
        height={height}
        kind={kind}
        colors={colors}
        label={label}
        onZoom={zoomTo}
        overlay={(box) => <ChangeLayer changes={changes} box={box} />}
      />
    </Panel>
  );
  return (
    <div className="red-strip">
      {chart(
        'rate',
        t('traces.rate'),
        formats.value(spans / seconds, 'rps'),
        [
          { name: t('traces.withoutError'), values: good },
          { name: t('traces.withError'), values: failed },
        ],
        'rps',
        'bars',
        [blue, red],
      )}
      {chart(
        'errors',
        t('traces.errors'),
        formats.value(spans === 0 ? null : errors / spans, 'ratio'),
        [{ name: t('traces.errors'), values: errorShares(overview) }],
        'ratio',
        'area',
        [red],
      )}
      {chart(
        'durations',
        t('traces.durations'),
        percentiles.map((name, at) => (
          <span key={name} className="red-key">
            <span className="swatch" style={{ background: percentileColors[theme][at] }} />
            {name}
          </span>
        )),
        [
          { name: 'p50', values: overview.p50Ms },
          { name: 'p95', values: overview.p95Ms },
          { name: 'p99', values: overview.p99Ms },
        ],
        'ms',
        'line',
        percentileColors[theme],
      )}
    </div>
  );
}
