import { keymap } from '../app/keymap.ts';
import { useShortcuts } from '../app/Shortcuts.tsx';
import { idOf, type SpanTable } from './spanTable.ts';
import { panZoom, type TimeWindow } from './timeWindow.ts';
import type { TraceModel } from './useTraceModel.ts';
import { type TraceView, traceForms } from './useTraceView.ts';
import { placeOf, stepTo } from './waterfallRows.ts';

interface TraceKeys {
  readonly table: SpanTable;
  readonly view: TraceView;
  readonly model: TraceModel;
  readonly window: TimeWindow;
  readonly onZoom: (window: TimeWindow) => void;
  readonly onLogs: () => void;
  readonly onCopyLink: () => void;
}

/** The keys of a trace: those of Jaeger, and the ones lists have everywhere. */
export function useTraceKeys({ table, view, model, window, onZoom, onLogs, onCopyLink }: TraceKeys): void {
  const { selected, rows } = model;
  const select = (row: number): void => {
    if (row >= 0) view.set({ span: idOf(table, row) });
  };
  const step = (by: 1 | -1, wanted: (row: number) => boolean = () => true): void => {
    const from = selected < 0 ? (by === 1 ? -1 : rows.count) : placeOf(rows, selected);
    select(stepTo(rows, from, by, wanted));
  };
  const move = (pan: number, factor: number): void => onZoom(panZoom(window, table.durationNs, pan, factor));
  const inward = (): void => {
    if (selected < 0 || (table.below[selected] ?? 0) === 0) return;
    if (model.collapsed.has(selected)) model.toggle(selected);
    else step(1);
  };
  const outward = (): void => {
    if (selected < 0) return;
    if ((table.below[selected] ?? 0) > 0 && !model.collapsed.has(selected)) model.toggle(selected);
    else select(table.parent[selected] ?? -1);
  };
  const showForm = (at: number): void => view.set({ view: at === 0 ? null : (traceForms[at] ?? null) });
  useShortcuts([
    { id: 'spanNext', strokes: keymap.spanNext, run: () => step(1) },
    { id: 'spanPrevious', strokes: keymap.spanPrevious, run: () => step(-1) },
    { id: 'listNext', strokes: keymap.listNext, run: () => step(1) },
    { id: 'listPrevious', strokes: keymap.listPrevious, run: () => step(-1) },
    { id: 'spanInward', strokes: keymap.spanInward, run: inward },
    { id: 'spanOutward', strokes: keymap.spanOutward, run: outward },
    { id: 'spanParent', strokes: keymap.spanParent, run: outward },
    { id: 'spanNextError', strokes: keymap.spanNextError, run: () => step(1, (row) => table.failed[row] === 1) },
    {
      id: 'spanCritical',
      strokes: keymap.spanCritical,
      run: () => view.set({ pill: view.filter.pill === 'critical' ? null : 'critical' }),
    },
    { id: 'spanFold', strokes: keymap.spanFold, run: () => view.set({ fold: view.folded ? 'off' : null }) },
    { id: 'spanCollapseAll', strokes: keymap.spanCollapseAll, run: model.collapseAll },
    { id: 'spanExpandAll', strokes: keymap.spanExpandAll, run: model.expandAll },
    { id: 'spanLessDepth', strokes: keymap.spanLessDepth, run: () => model.level(-1) },
    { id: 'spanMoreDepth', strokes: keymap.spanMoreDepth, run: () => model.level(1) },
    { id: 'spanZoomIn', strokes: keymap.spanZoomIn, run: () => move(0, 0.6) },
    { id: 'spanZoomOut', strokes: keymap.spanZoomOut, run: () => move(0, 1 / 0.6) },
    { id: 'spanPanLeft', strokes: keymap.spanPanLeft, run: () => move(-0.2, 1) },
    { id: 'spanPanRight', strokes: keymap.spanPanRight, run: () => move(0.2, 1) },
    { id: 'spanLogs', strokes: keymap.spanLogs, run: onLogs },
    { id: 'spanCopyLink', strokes: keymap.spanCopyLink, run: onCopyLink },
    { id: 'traceWaterfall', strokes: keymap.traceWaterfall, run: () => showForm(0) },
    { id: 'traceFlame', strokes: keymap.traceFlame, run: () => showForm(1) },
    { id: 'traceTable', strokes: keymap.traceTable, run: () => showForm(2) },
    { id: 'traceStatistics', strokes: keymap.traceStatistics, run: () => showForm(3) },
    { id: 'traceAround', strokes: keymap.traceAround, run: () => showForm(4) },
    { id: 'close', strokes: keymap.close, run: () => view.set({ span: null }) },
  ]);
}
