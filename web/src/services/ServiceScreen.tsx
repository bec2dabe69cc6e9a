import { Button } from '@mantine/core';
import { IconFlame, IconLogs, IconTimeline } from '@tabler/icons-react';
import type { ServiceAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTitle } from '../app/useTitle.ts';
import { Chart, type PointClick } from '../chart/Chart.tsx';
import { PointMenu } from '../chart/PointMenu.tsx';
import { serviceColor } from '../chart/palette.ts';
import type { ChartData } from '../chart/series.ts';
import { useTheme } from '../chart/tokens.ts';
import type { Unit } from '../chart/units.ts';
import { fetchService } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { LevelHistogram } from '../logs/LevelHistogram.tsx';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty, PartialNote } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { ServiceHead } from './ServiceHead.tsx';
import { ServiceMetrics } from './ServiceMetrics.tsx';

const stepsWanted = 120;
const chartHeight = 170;

interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

function chartOf(answer: ServiceAnswer, lines: readonly Line[]): ChartData {
  return {
    times: answer.rate.map((_, at) => answer.startMs + at * answer.stepMs),
    series: lines.map((line) => ({ ...line, labels: {} })),
  };
}

/** One service: its requests, errors and durations, what it does, its logs and metrics. */
export function ServiceScreen({ name }: { readonly name: string }) {
  const { t } = useTranslation();
  const theme = useTheme();
  const { range, zoomTo } = useTime();
  const [point, setPoint] = useState<PointClick | null>(null);
  useTitle(name);
  const answer = useAnswer({
    subject: ['service', name],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchService(name, range, stepsWanted, signal),
  });
  const red = theme === 'dark' ? '#f0575c' : '#cf222e';
  const selector = `{service=${JSON.stringify(name)}}`;
  const card = (title: string, data: ChartData, unit: Unit, colors: readonly string[]) => (
    <Panel title={title}>
      <Chart
        data={data}
        range={range}
        unit={unit}
        height={chartHeight}
        label={`${name}: ${title}`}
        colors={colors}
        onZoom={zoomTo}
        onPoint={setPoint}
      />
    </Panel>
  );
  return (
    <div className="service-screen">
      <ServiceHead name={name} page="overview">
        <Button
          component={ScreenLink}
          to="/explore/logs"
          with={{ q: selector }}
          size="xs"
          variant="default"
          leftSection={<IconLogs size={14} aria-hidden />}
        >
          {t('service.logs')}
        </Button>
        <Button
          component={ScreenLink}
          to="/explore/traces"
          with={{ service: name }}
          size="xs"
          variant="default"
          leftSection={<IconTimeline size={14} aria-hidden />}
        >
          {t('service.traces')}
        </Button>
        <Button
          component={ScreenLink}
          to="/explore/traces"
          with={{ service: name, status: 'error' }}
          size="xs"
          variant="default"
          leftSection={<IconFlame size={14} aria-hidden />}
        >
          {t('service.errorTraces')}
        </Button>
      </ServiceHead>
      <Answered answer={answer} height={chartHeight}>
        {(data) => (
          <>
            {data.notes.partial && <PartialNote warnings={data.notes.warnings} />}
            <div className="service-charts">
              {card(t('service.rate'), chartOf(data, [{ name: t('service.ok'), values: data.rate }]), 'rps', [
                serviceColor(name, theme),
              ])}
              {card(t('service.errors'), chartOf(data, [{ name: t('service.failed'), values: data.errors }]), 'rps', [
                red,
              ])}
              {card(
                t('service.duration'),
                chartOf(data, [
                  { name: 'p50', values: data.p50Ms },
                  { name: 'p95', values: data.p95Ms },
                  { name: 'p99', values: data.p99Ms },
                ]),
                'ms',
                theme === 'dark' ? ['#3fc9c9', '#4c9aff', '#b48cf2'] : ['#007d79', '#0f62fe', '#8a3ffc'],
              )}
            </div>
            <Panel title={t('service.operations')}>
              <Operations answer={data} />
            </Panel>
          </>
        )}
      </Answered>
      <Panel title={t('service.logLevels')}>
        <LevelHistogram query={selector} height={110} onPoint={setPoint} />
      </Panel>
      <ServiceMetrics name={name} />
      {point !== null && <PointMenu point={point} service={name} onServicePage onClose={() => setPoint(null)} />}
    </div>
  );
}

function Operations({ answer }: { readonly answer: ServiceAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (answer.operations.length === 0) return <Empty title={t('service.noOperations')} height={80} />;
  return (
    <div className="scroll-x">
      <table className="table">
        <thead>
          <tr>
            <th>{t('service.operation')}</th>
            <th className="right">{t('home.rate')}</th>
            <th className="right">{t('home.errors')}</th>
            <th className="right">{t('home.p50')}</th>
            <th className="right">{t('home.p95')}</th>
          </tr>
        </thead>
        <tbody>
          {answer.operations.map((operation) => (
            <tr key={operation.name}>
              <td>
                <ScreenLink to="/explore/traces" with={{ service: answer.name, operation: operation.name }}>
                  {operation.name}
                </ScreenLink>
              </td>
              <td className="right num">{formats.value(operation.rate, 'rps')}</td>
              <td className={`right num ${operation.errorRatio >= 0.01 ? 'tone-error strong' : ''}`}>
                {formats.value(operation.errorRatio, 'ratio')}
              </td>
              <td className="right num">{formats.duration(operation.p50Ms)}</td>
              <td className="right num">{formats.duration(operation.p95Ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
