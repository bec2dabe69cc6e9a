import type { TraceSummary } from '@trilith/contract';
import { keymap } from '../app/keymap.ts';
import { useShortcuts } from '../app/Shortcuts.tsx';
import { goTo, screenHref } from '../url/view.ts';
import { sortTraces } from './searchForm.ts';
import { type TracesView, traceLists } from './useTracesView.ts';

interface Keyed {
  readonly view: TracesView;
  readonly traces: readonly TraceSummary[];
  readonly cursor: number;
  readonly setCursor: (cursor: number) => void;
}

/** The keys of the search for traces: moving, opening, and how the list is shown. */
export function useTraceKeys({ view, traces, cursor, setCursor }: Keyed): void {
  const sorted = sortTraces(traces, view.order);
  const here = sorted[cursor];
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(sorted.length - 1, to));
    setCursor(next);
    document.querySelectorAll('.trace-results tbody tr')[next]?.scrollIntoView({ block: 'nearest' });
  };
  const nextList = traceLists[(traceLists.indexOf(view.list) + 1) % traceLists.length];
  const path = here === undefined ? null : `/trace/${here.traceId}`;
  useShortcuts([
    { id: 'listNext', strokes: keymap.listNext, run: () => move(cursor + 1) },
    { id: 'listPrevious', strokes: keymap.listPrevious, run: () => move(cursor < 0 ? 0 : cursor - 1) },
    { id: 'open', strokes: keymap.open, run: () => path !== null && goTo(path) },
    {
      id: 'openTab',
      strokes: keymap.openTab,
      run: () => path !== null && window.open(screenHref(path, {}, window.location.search), '_blank', 'noopener'),
    },
    {
      id: 'traceList',
      strokes: keymap.traceList,
      run: () => view.set({ list: nextList === 'traces' ? null : nextList }),
    },
    {
      id: 'close',
      strokes: keymap.close,
      run: () => (view.selection === null ? setCursor(-1) : view.set({ sel: null }, { replace: true })),
    },
  ]);
}
