import type { MetricPanel, TraceContextAnswer, TraceSubject } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../chart/Chart.tsx';
import { MomentMark } from '../chart/MomentMark.tsx';
import { matrixToChart } from '../chart/series.ts';
import { queryRange } from '../data/prometheus.ts';
import { en } from '../i18n/en.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { alignRange, type Range, stepFor } from '../time/range.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { PartFailure } from './PartFailure.tsx';

const pointsWanted = 120;
const finestStepMs = 5000;
const panelHeight = 96;
/** Places whose graphs are asked for at once. */
const shownSubjects = 2;

/** Graphs of the places a trace went through, with its moment marked; each leads to Explore. */
export function ContextMetrics({ context }: { readonly context: TraceContextAnswer }) {
  const { t } = useTranslation();
  const { subjects, exemplars } = context;
  const measured = (subjects.value ?? []).filter(({ panels }) => panels.length > 0);
  const range = { fromMs: context.fromMs, toMs: context.toMs };
  const named = exemplars.value ?? [];
  return (
    <>
      <PartFailure failure={subjects.failure} />
      <PartFailure failure={exemplars.failure} />
      {subjects.value !== null && measured.length === 0 && <Empty title={t('context.noMetrics')} height={70} />}
      {measured.map((subject, at) => (
        <SubjectPanels
          key={`${subject.kind} ${subject.name}`}
          subject={subject}
          range={range}
          atMs={context.startMs + context.durationMs / 2}
          shown={at < shownSubjects}
        />
      ))}
      {named.length > 0 && (
        <section>
          <h3 className="field-group">{t('context.exemplars')}</h3>
          {named.slice(0, 20).map(({ timeMs, value, labels }) => (
            <ScreenLink
              key={`${timeMs} ${value} ${JSON.stringify(labels)}`}
              to="/explore/metrics"
              with={{ from: String(context.fromMs), to: String(context.toMs), q: labels.__name__ ?? '' }}
              className="mono break"
            >
              {labels.__name__} <span className="num dim">{value}</span>
            </ScreenLink>
          ))}
        </section>
      )}
    </>
  );
}

interface SubjectProps {
  readonly subject: TraceSubject;
  readonly range: Range;
  readonly atMs: number;
  /** Whether its graphs are drawn before somebody asks for them. */
  readonly shown: boolean;
}

function SubjectPanels({ subject, range, atMs, shown }: SubjectProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(shown);
  return (
    <section>
      <h3 className="field-group">
        <button type="button" className="text-button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? '▾' : '▸'} {t(`context.kind.${subject.kind}`)} <span className="mono break">{subject.name}</span>
        </button>
      </h3>
      <div className="context-panels">
        {open && subject.panels.map((panel) => <Drawn key={panel.id} panel={panel} range={range} atMs={atMs} />)}
      </div>
    </section>
  );
}

/** Panels whose names are translated; others are called by their metric. */
const named = Object.keys(en.context.panel) as readonly (keyof typeof en.context.panel)[];

function Drawn({ panel, range, atMs }: { readonly panel: MetricPanel; readonly range: Range; readonly atMs: number }) {
  const { t } = useTranslation();
  const stepMs = stepFor(range, pointsWanted, finestStepMs);
  const grid = alignRange(range, stepMs);
  const answer = useAnswer({
    subject: ['context-panel', panel.query],
    at: [grid.fromMs, grid.toMs],
    ask: async (signal) => matrixToChart(await queryRange(panel.query, grid, stepMs, signal), grid, stepMs),
  });
  const known = named.find((one) => one === panel.id);
  const title = known === undefined ? panel.title : t(`context.panel.${known}`);
  return (
    <div className="context-panel">
      <ScreenLink
        to="/explore/metrics"
        with={{ from: String(range.fromMs), to: String(range.toMs), q: panel.query }}
        title={panel.query}
      >
        {title}
      </ScreenLink>
      <Answered answer={answer} height={panelHeight}>
        {(data) =>
          data.series.length === 0 ? (
            <Empty title={t('context.noPoints')} height={panelHeight} />
          ) : (
            <Chart
              data={data}
              range={range}
              unit={panel.unit}
              height={panelHeight}
              label={title}
              overlay={(box) => <MomentMark box={box} atMs={atMs} />}
            />
          )
        }
      </Answered>
    </div>
  );
}
