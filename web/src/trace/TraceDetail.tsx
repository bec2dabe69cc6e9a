import type { TraceAnswer } from '@trilith/contract';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keymap } from '../app/keymap.ts';
import { useShortcuts } from '../app/Shortcuts.tsx';
import { PartialNote } from '../states/States.tsx';
import { around } from '../time/range.ts';
import { goTo } from '../url/view.ts';
import { Minimap } from './Minimap.tsx';
import { SpanPanel } from './SpanPanel.tsx';
import { TraceHeader } from './TraceHeader.tsx';
import { TraceToolbar } from './TraceToolbar.tsx';
import { criticalPath, type TraceTree } from './traceTree.ts';
import { useTraceView } from './useTraceView.ts';
import { Waterfall } from './Waterfall.tsx';
import { logsBySpan, matching, panZoom, type Window, waterfallRows } from './waterfall.ts';

interface Props {
  readonly trace: TraceAnswer;
  readonly tree: TraceTree;
}

const noLogs: ReturnType<typeof logsBySpan> = new Map();

/** A trace: what it is, its map, the waterfall with log lines in place, and the chosen span. */
export function TraceDetail({ trace, tree }: Props) {
  const { t } = useTranslation();
  const view = useTraceView();
  const whole = useMemo<Window>(() => ({ fromMs: 0, toMs: Math.max(tree.durationMs, 0.000001) }), [tree]);
  const [zoom, setZoom] = useState<Window | null>(null);
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const window = zoom ?? whole;
  const critical = useMemo(() => criticalPath(tree), [tree]);
  const matches = useMemo(() => matching(tree, view.filter, critical), [tree, view.filter, critical]);
  const allLogs = useMemo(() => logsBySpan(tree, trace.logs), [tree, trace.logs]);
  const rows = useMemo(
    () => waterfallRows({ tree, collapsed, matches, logs: view.withLogs ? allLogs : noLogs }),
    [tree, collapsed, matches, view.withLogs, allLogs],
  );
  const selected = tree.spans.find((one) => one.span.spanId === view.selected);
  const startMs = Number(tree.startNs / 1_000_000n);

  const step = (by: 1 | -1, wanted: (row: (typeof rows)[number]) => boolean): void => {
    const from = rows.findIndex((row) => row.key === view.selected);
    for (let at = from + by; at >= 0 && at < rows.length; at += by) {
      const row = rows[at];
      if (row?.kind === 'span' && wanted(row)) {
        view.select(row.key);
        return;
      }
    }
  };
  const toggle = (spanId: string): void =>
    setCollapsed((was) => {
      const next = new Set(was);
      if (!next.delete(spanId)) next.add(spanId);
      return next;
    });
  const collapseAll = (): void =>
    setCollapsed(new Set(tree.spans.filter((one) => one.below > 0 && one.depth > 0).map((one) => one.span.spanId)));
  const move = (pan: number, factor: number): void => setZoom(panZoom(window, tree.durationMs, pan, factor));
  useShortcuts([
    { id: 'spanNext', strokes: keymap.spanNext, run: () => step(1, () => true) },
    { id: 'spanPrevious', strokes: keymap.spanPrevious, run: () => step(-1, () => true) },
    { id: 'listNext', strokes: keymap.listNext, run: () => step(1, () => true) },
    { id: 'listPrevious', strokes: keymap.listPrevious, run: () => step(-1, () => true) },
    {
      id: 'spanNextError',
      strokes: keymap.spanNextError,
      run: () => step(1, (row) => row.kind === 'span' && row.span.ownError),
    },
    { id: 'spanCollapseAll', strokes: keymap.spanCollapseAll, run: collapseAll },
    { id: 'spanExpandAll', strokes: keymap.spanExpandAll, run: () => setCollapsed(new Set()) },
    { id: 'spanZoomIn', strokes: keymap.spanZoomIn, run: () => move(0, 0.6) },
    { id: 'spanZoomOut', strokes: keymap.spanZoomOut, run: () => move(0, 1 / 0.6) },
    { id: 'spanPanLeft', strokes: keymap.spanPanLeft, run: () => move(-0.2, 1) },
    { id: 'spanPanRight', strokes: keymap.spanPanRight, run: () => move(0.2, 1) },
    { id: 'close', strokes: keymap.close, run: () => view.select(null) },
    {
      id: 'spanLogs',
      strokes: keymap.spanLogs,
      run: () =>
        goTo('/explore/logs', {
          ...around(startMs + tree.durationMs / 2, tree.durationMs / 2 + 60_000),
          q: `{service=~".+"} | trace_id="${trace.traceId}"`,
        }),
    },
  ]);

  return (
    <div className="trace-detail">
      <TraceHeader trace={trace} tree={tree} startMs={startMs} />
      {trace.notes.partial && <PartialNote warnings={trace.notes.warnings} />}
      {tree.missingParents > 0 && <PartialNote warnings={[t('trace.missing', { count: tree.missingParents })]} />}
      {tree.skewed && <PartialNote warnings={[t('trace.skew')]} />}
      <TraceToolbar
        view={view}
        tree={tree}
        shown={matches === null ? tree.spans.length : matches.size}
        logs={trace.logs.length}
        onCollapseAll={collapseAll}
        onExpandAll={() => setCollapsed(new Set())}
        zoomed={zoom !== null}
        onResetZoom={() => setZoom(null)}
      />
      <div className="trace-body" data-open={selected !== undefined || undefined}>
        <section className="panel trace-waterfall">
          <Minimap tree={tree} window={window} onZoom={setZoom} />
          <Waterfall
            rows={rows}
            tree={tree}
            window={window}
            critical={critical}
            selected={view.selected}
            allLogs={allLogs}
            onSelect={view.select}
            onToggle={toggle}
          />
        </section>
        {selected !== undefined && (
          <SpanPanel
            key={selected.span.spanId}
            one={selected}
            trace={trace}
            tree={tree}
            logs={allLogs.get(selected.index) ?? []}
            onClose={() => view.select(null)}
          />
        )}
      </div>
    </div>
  );
}
