import type { SloDetail } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { ChangeLayer } from '../chart/ChangeLayer.tsx';
import { Chart, type PlotBox } from '../chart/Chart.tsx';
import { useTheme } from '../chart/tokens.ts';
import { fetchAlertHistory } from '../data/alertPast.ts';
import { fetchChanges } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import type { Range } from '../time/range.ts';
import { BandLayer } from './BandLayer.tsx';
import { type Band, badShareChart, burnDownChart, eventsChart, periodOf, uncounted } from './budgetCharts.ts';

const axisWidth = 56;
/** What lies behind the graphs is asked for anew this often. */
const gridMs = 60_000;

interface Props {
  readonly objective: SloDetail;
  readonly nowMs: number;
  /** A stretch was dragged over a graph. */
  readonly onChoose: (range: Range) => void;
}

/** The budget over its period above the share of bad events and the events, with what happened behind them. */
export function BurnDown({ objective, nowMs, onChoose }: Props) {
  const { t } = useTranslation();
  const theme = useTheme();
  const period = periodOf(objective);
  const bands = useBands(objective, period, nowMs);
  const changes = useChangesOf(objective.service, period);
  if (period === null || objective.total === 0)
    return (
      <Panel title={t('slo.burnDown')}>
        <Empty title={t('slo.noEvents')} height={120} />
      </Panel>
    );
  const red = theme === 'dark' ? '#f0575c' : '#cf222e';
  const blue = theme === 'dark' ? '#4c9aff' : '#0f62fe';
  const grey = theme === 'dark' ? '#6d7888' : '#98a3b3';
  const overlay = (box: PlotBox) => (
    <>
      <BandLayer bands={bands} box={box} />
      <ChangeLayer changes={changes} box={box} />
    </>
  );
  const shared = { range: period, axisWidth, overlay, onZoom: onChoose };
  const budget = burnDownChart(objective, t('slo.left'));
  const lowest = Math.min(0, ...budget.series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  return (
    <Panel title={t('slo.burnDown')} className="slo-charts">
      <Chart
        {...shared}
        data={budget}
        unit="ratio"
        height={200}
        kind="area"
        colors={[objective.remaining !== null && objective.remaining <= 0 ? red : blue]}
        reach={[lowest, 1]}
        label={t('slo.burnDown')}
      />
      <h3>{t('slo.badShare')}</h3>
      <Chart
        {...shared}
        data={badShareChart(objective, { bad: t('slo.badShare'), allowed: t('slo.allowed') })}
        unit="ratio"
        height={110}
        colors={[red, grey]}
        label={t('slo.badShare')}
      />
      <h3>{t('slo.events')}</h3>
      <Chart
        {...shared}
        data={eventsChart(objective, { good: t('slo.goodEvents'), bad: t('slo.badOnes') })}
        unit="short"
        height={90}
        kind="bars"
        colors={[grey, red]}
        label={t('slo.events')}
      />
      <p className="dim slo-legend">
        {[...new Set(bands.map(({ kind }) => kind))].map((kind) => (
          <span key={kind}>
            <span className="slo-band-key" data-kind={kind} /> {t(`slo.band.${kind}`)}
          </span>
        ))}
        <span>{t('slo.dragHint')}</span>
      </p>
    </Panel>
  );
}

function useBands(objective: SloDetail, period: Range | null, nowMs: number): readonly Band[] {
  const { t } = useTranslation();
  const formats = useFormats();
  const asked = period === null ? null : gridOf(period, nowMs);
  const history = useAnswer({
    subject: ['objective-firings', objective.name],
    at: [asked?.fromMs, asked?.toMs],
    ask: (signal) =>
      fetchAlertHistory({ alert: '', labels: { sloth_id: objective.name } }, asked ?? { fromMs: 0, toMs: 1 }, signal),
    enabled: asked !== null && objective.alerts.length > 0,
  });
  if (period === null) return [];
  const said = (text: string, { fromMs, toMs }: Range): string =>
    `${text}: ${formats.short(fromMs)} – ${formats.short(toMs)}`;
  const excluded = objective.exclusions.map(
    ({ fromMs, toMs, reason }): Band => ({ kind: 'excluded', fromMs, toMs, label: said(reason, { fromMs, toMs }) }),
  );
  const gaps = uncounted(objective.steps, period.fromMs).map(
    (range): Band => ({ kind: 'uncounted', ...range, label: said(t('slo.band.uncounted'), range) }),
  );
  const firing = (history.data?.series ?? []).flatMap(({ rule, states }) =>
    states
      .filter(({ state }) => state === 'firing')
      .map(({ fromMs, toMs }): Band => {
        const range = { fromMs, toMs: toMs ?? nowMs };
        return { kind: 'firing', ...range, label: said(rule.rule, range) };
      }),
  );
  return [...gaps, ...excluded, ...firing];
}

function useChangesOf(service: string, period: Range | null) {
  const asked = period ?? { fromMs: 0, toMs: 1 };
  const answer = useAnswer({
    subject: ['changes', service, 'period'],
    at: [asked.fromMs, asked.toMs],
    ask: (signal) => fetchChanges(asked, service, signal),
    enabled: period !== null,
  });
  return answer.data?.changes ?? [];
}

const gridOf = ({ fromMs }: Range, nowMs: number): Range => ({ fromMs, toMs: Math.ceil(nowMs / gridMs) * gridMs });
