import type { LogHistogramAnswer, LogLevel } from '@trilith/contract';
import { logLevels } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { ChangeLayer, useChanges } from '../chart/ChangeLayer.tsx';
import { Chart, type PointClick } from '../chart/Chart.tsx';
import { MomentMark } from '../chart/MomentMark.tsx';
import { levelColors, useTheme } from '../chart/tokens.ts';
import { fetchLogHistogram } from '../data/logs.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered, PartialNote } from '../states/States.tsx';
import { type Answer, useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { parsed } from './refine.ts';

const bucketsWanted = 90;

/** How many lines match, by level and time. */
export function useHistogram(query: string, enabled = true): Answer<LogHistogramAnswer> {
  const { range } = useTime();
  return useAnswer({
    subject: ['log-histogram', query],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchLogHistogram(query, range, bucketsWanted, signal),
    enabled: enabled && query !== '',
  });
}

interface Props {
  readonly query: string;
  readonly height: number;
  /** A moment to mark (ms). */
  readonly atMs?: number | null;
  readonly onPoint?: (point: PointClick) => void;
}

/** Stacked bars of log lines by level; drag zooms. */
export function LevelHistogram({ query, height, atMs = null, onPoint }: Props) {
  const { t } = useTranslation();
  const theme = useTheme();
  const formats = useFormats();
  const { range, zoomTo } = useTime();
  const answer = useHistogram(query);
  const changes = useChanges(serviceIn(query));
  return (
    <Answered answer={answer} height={height}>
      {(data) => {
        const levels: readonly LogLevel[] = logLevels.filter((level) => data.levels[level] !== undefined);
        const buckets = Math.max(0, ...levels.map((level) => data.levels[level]?.length ?? 0));
        const times = Array.from({ length: buckets }, (_, at) => data.startMs + at * data.stepMs);
        const label = t('logs.histogram', { step: formats.duration(data.stepMs) });
        return (
          <div className="level-histogram">
            {data.notes.partial && <PartialNote warnings={data.notes.warnings} />}
            <div className="level-legend">
              <span className="dim">{label}</span>
              {levels.map((level) => (
                <span key={level}>
                  <span className="swatch" style={{ background: levelColors[theme][level] }} />
                  {t(`logs.level.${level}`)}{' '}
                  <span className="num dim">
                    {formats.integer((data.levels[level] ?? []).reduce((sum, one) => sum + one, 0))}
                  </span>
                </span>
              ))}
            </div>
            <Chart
              data={{
                times,
                series: levels.map((level) => ({ name: level, labels: {}, values: data.levels[level] ?? [] })),
              }}
              range={range}
              unit="short"
              height={height}
              kind="bars"
              colors={levels.map((level) => levelColors[theme][level] ?? '')}
              label={label}
              onZoom={zoomTo}
              overlay={(box) => (
                <>
                  <ChangeLayer changes={changes} box={box} />
                  {atMs !== null && <MomentMark box={box} atMs={atMs} />}
                </>
              )}
              {...(onPoint === undefined ? {} : { onPoint })}
            />
          </div>
        );
      }}
    </Answered>
  );
}

/** The service a query names; empty when it names none or several. */
function serviceIn(query: string): string {
  const expr = parsed(query);
  if (expr?.kind !== 'log') return '';
  return expr.matchers.find((one) => /^service(?:_name)?$/.test(one.name) && one.operator === '=')?.value ?? '';
}
