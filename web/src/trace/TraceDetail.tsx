import type { AnswerNotes } from '@trilith/contract';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCopy } from '../app/Toasts.tsx';
import { around } from '../time/range.ts';
import { TraceContext } from '../trace_context/TraceContext.tsx';
import { goTo } from '../url/view.ts';
import { FlameGraph } from './FlameGraph.tsx';
import { Minimap } from './Minimap.tsx';
import { SpanList } from './SpanList.tsx';
import { SpanPanel } from './SpanPanel.tsx';
import { StatisticsTable } from './StatisticsTable.tsx';
import { idOf, type SpanTable } from './spanTable.ts';
import { TraceHeader } from './TraceHeader.tsx';
import { TraceNotices } from './TraceNotices.tsx';
import { TraceToolbar } from './TraceToolbar.tsx';
import { type TimeWindow, windowIn, windowText } from './timeWindow.ts';
import { usePins } from './usePins.ts';
import { useTraceKeys } from './useTraceKeys.ts';
import { useTraceModel } from './useTraceModel.ts';
import { useTraceParts } from './useTraceParts.ts';
import type { TraceView } from './useTraceView.ts';
import { Waterfall } from './Waterfall.tsx';

interface Props {
  readonly table: SpanTable;
  /** Spans that start before their parent, as the clocks had it. */
  readonly skewed: number;
  readonly notes: AnswerNotes;
  readonly view: TraceView;
}

const marginMs = 60_000;

/** A trace: what it is, its map, one of its views, and the chosen span. */
export function TraceDetail({ table, skewed, notes, view }: Props) {
  const { t } = useTranslation();
  const copy = useCopy();
  const pins = usePins();
  const { text, hideInfra } = view.filter;
  const attributesWanted = text.trim() !== '' || hideInfra || pins.names.length > 0 || view.form === 'statistics';
  const parts = useTraceParts(table, attributesWanted);
  const model = useTraceModel(table, view, parts);
  const whole = useMemo<TimeWindow>(() => ({ from: 0, to: Math.max(table.durationNs, 1) }), [table]);
  const zoom = useMemo(() => windowIn(view.zoom, table.durationNs), [view.zoom, table]);
  const shown = zoom ?? whole;
  const { set } = view;
  const onZoom = useCallback(
    (next: TimeWindow | null) => {
      const all = next === null || (next.from <= 0 && next.to >= table.durationNs);
      set({ zoom: all ? null : windowText(next) });
    },
    [set, table],
  );
  const chosen = view.selected;
  const onSelect = useCallback(
    (row: number) => {
      const id = row < 0 ? null : idOf(table, row);
      set({ span: id === chosen ? null : id });
    },
    [set, table, chosen],
  );
  const startMs = Number(table.startNs / 1_000_000n);
  const durationMs = table.durationNs / 1e6;
  useTraceKeys({
    table,
    view,
    model,
    window: shown,
    onZoom,
    onLogs: () =>
      goTo('/explore/logs', {
        ...around(startMs + durationMs / 2, durationMs / 2 + marginMs),
        q: `{service=~".+"} | trace_id="${table.traceId}"${chosen === null ? '' : ` | span_id="${chosen}"`}`,
      }),
    onCopyLink: () => copy(window.location.href, t('header.shared')),
  });
  const drawn = { table, model, window: shown, onSelect };
  return (
    <div className="trace-detail">
      <TraceHeader table={table} startMs={startMs} />
      <TraceNotices table={table} notes={notes} skewed={skewed} view={view} parts={parts} />
      <TraceToolbar table={table} view={view} model={model} parts={parts} zoomed={zoom !== null} onZoom={onZoom} />
      <div className="trace-body" data-open={model.selected >= 0 || undefined}>
        <section className="panel trace-waterfall">
          {(view.form === 'waterfall' || view.form === 'flame') && (
            <Minimap table={table} sifted={model.sifted} window={shown} onZoom={onZoom} />
          )}
          {view.form === 'waterfall' && <Waterfall {...drawn} parts={parts} pinned={pins.names} />}
          {view.form === 'flame' && <FlameGraph {...drawn} onZoom={onZoom} />}
          {view.form === 'table' && <SpanList {...drawn} />}
          {view.form === 'statistics' && <StatisticsTable table={table} model={model} parts={parts} view={view} />}
          {view.form === 'around' && <TraceContext traceId={table.traceId} spanId={null} keys={model.selected < 0} />}
        </section>
        {model.selected >= 0 && (
          <SpanPanel
            key={model.selected}
            table={table}
            row={model.selected}
            model={model}
            parts={parts}
            pins={pins}
            onClose={() => set({ span: null })}
            onSelect={onSelect}
          />
        )}
      </div>
    </div>
  );
}
