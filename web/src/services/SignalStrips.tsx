import type { Change, LogHistogramAnswer, LogLevel, ServiceAnswer, TraceSummary } from '@trilith/contract';
import { logLevels } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChangeLayer } from '../chart/ChangeLayer.tsx';
import { Chart, type PlotBox, type PointClick } from '../chart/Chart.tsx';
import { MomentMark } from '../chart/MomentMark.tsx';
import { PointMenu } from '../chart/PointMenu.tsx';
import { serviceColor } from '../chart/palette.ts';
import type { ChartData } from '../chart/series.ts';
import { levelColors, useTheme } from '../chart/tokens.ts';
import type { Unit } from '../chart/units.ts';
import { Answered, Empty } from '../states/States.tsx';
import type { Answer } from '../states/useAnswer.ts';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import type { Pointed } from './pointed.ts';
import { TraceLayer } from './TraceLayer.tsx';

const stripHeight = 92;
const axisWidth = 58;

interface Props {
  readonly name: string;
  readonly service: Answer<ServiceAnswer>;
  readonly histogram: Answer<LogHistogramAnswer>;
  readonly changes: readonly Change[];
  readonly traces: readonly TraceSummary[];
  readonly chosen: Range | null;
  readonly pointed: Pointed | null;
  readonly onChoose: (range: Range) => void;
  readonly onPointed: (pointed: Pointed | null) => void;
}

interface Strip {
  readonly title: string;
  readonly data: ChartData;
  readonly unit: Unit;
  readonly kind: 'line' | 'area' | 'bars';
  readonly colors: readonly string[];
  /** Dots of traces at their durations. */
  readonly dots?: boolean;
}

/** Requests, durations and log lines over the same time: one cursor, one chosen stretch, the same changes on all. */
export function SignalStrips(props: Props) {
  const { name, service, histogram, changes, traces, chosen, pointed, onChoose, onPointed } = props;
  const { t } = useTranslation();
  const theme = useTheme();
  const { range } = useTime();
  const [point, setPoint] = useState<PointClick | null>(null);
  const red = levelColors[theme].error ?? '';
  const strip = ({ title, data, unit, kind, colors, dots = false }: Strip) => (
    <figure className="signal-strip">
      <figcaption>
        {title}
        {data.series.map((one, at) => (
          <span key={one.name} className="dim">
            <span className="swatch" style={{ background: colors[at] }} />
            {one.name}
          </span>
        ))}
      </figcaption>
      <Chart
        data={data}
        range={range}
        unit={unit}
        height={stripHeight}
        kind={kind}
        colors={colors}
        label={`${name}: ${title}`}
        axisWidth={axisWidth}
        onZoom={onChoose}
        onPoint={setPoint}
        overlay={(box) => (
          <>
            {chosen !== null && <ChosenBand box={box} chosen={chosen} />}
            <ChangeLayer changes={changes} box={box} />
            {dots && <TraceLayer traces={traces} box={box} pointed={pointed} onPointed={onPointed} />}
            {pointed !== null && <MomentMark box={box} atMs={pointed.ms} />}
          </>
        )}
      />
    </figure>
  );
  return (
    <section className="panel signal-strips">
      <Answered answer={service} height={stripHeight * 2}>
        {(data) => {
          if (data.rate.every((one) => one === null))
            return <Empty title={t('signals.noSpans')} height={stripHeight} />;
          const times = data.rate.map((_, at) => data.startMs + at * data.stepMs);
          const series = (one: string, values: readonly (number | null)[]) => ({ name: one, labels: {}, values });
          return (
            <>
              {strip({
                title: t('signals.rate'),
                data: {
                  times,
                  series: [series(t('signals.ok'), data.rate), series(t('signals.failed'), data.errors)],
                },
                unit: 'rps',
                kind: 'area',
                colors: [serviceColor(name, theme), red],
              })}
              {strip({
                title: t('signals.duration'),
                data: {
                  times,
                  series: [series('p50', data.p50Ms), series('p95', data.p95Ms), series('p99', data.p99Ms)],
                },
                unit: 'ms',
                kind: 'line',
                colors: theme === 'dark' ? ['#3fc9c9', '#4c9aff', '#b48cf2'] : ['#007d79', '#0f62fe', '#8a3ffc'],
                dots: true,
              })}
            </>
          );
        }}
      </Answered>
      <Answered answer={histogram} height={stripHeight}>
        {(data) => {
          const levels: readonly LogLevel[] = logLevels.filter((level) => data.levels[level] !== undefined);
          const buckets = Math.max(0, ...levels.map((level) => data.levels[level]?.length ?? 0));
          return strip({
            title: t('signals.logs'),
            data: {
              times: Array.from({ length: buckets }, (_, at) => data.startMs + at * data.stepMs),
              series: levels.map((level) => ({
                name: t(`logs.level.${level}`),
                labels: {},
                values: data.levels[level] ?? [],
              })),
            },
            unit: 'short',
            kind: 'bars',
            colors: levels.map((level) => levelColors[theme][level] ?? ''),
          });
        }}
      </Answered>
      {point !== null && <PointMenu point={point} service={name} onServicePage onClose={() => setPoint(null)} />}
    </section>
  );
}

/** The chosen stretch of time over a plot. */
function ChosenBand({ box, chosen }: { readonly box: PlotBox; readonly chosen: Range }) {
  const { x, left, top, width, height } = box;
  const at = (ms: number): number => Math.min(1, Math.max(0, (ms - x.min) / (x.max - x.min || 1))) * width;
  const from = at(chosen.fromMs);
  return (
    <div
      className="chosen-band"
      style={{ left: left + from, top, width: Math.max(2, at(chosen.toMs) - from), height }}
    />
  );
}
