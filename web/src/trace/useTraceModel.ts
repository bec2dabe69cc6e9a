import { useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { type CriticalPath, criticalPath, noPath } from './criticalPath.ts';
import { type Folds, foldsOf, noFolds } from './folds.ts';
import { logPlaces } from './logPlaces.ts';
import { type Sifted, sift } from './spanFilter.ts';
import { rowOf, type SpanTable } from './spanTable.ts';
import type { TraceParts } from './useTraceParts.ts';
import type { TraceView } from './useTraceView.ts';
import { collapsedFrom, deepest, type LogPlaces, type WaterfallRows, waterfallRows } from './waterfallRows.ts';

export interface TraceModel {
  readonly critical: CriticalPath;
  readonly sifted: Sifted | null;
  readonly folds: Folds;
  readonly logs: LogPlaces;
  readonly rows: WaterfallRows;
  /** The chosen row, -1 for none. */
  readonly selected: number;
  readonly collapsed: ReadonlySet<number>;
  readonly openFolds: ReadonlySet<number>;
  readonly toggle: (row: number) => void;
  readonly toggleFold: (fold: number) => void;
  readonly collapseAll: () => void;
  readonly expandAll: () => void;
  /** One level fewer or more. */
  readonly level: (by: 1 | -1) => void;
}

const none: ReadonlySet<number> = new Set();

function toggled(set: ReadonlySet<number>, one: number): ReadonlySet<number> {
  const next = new Set(set);
  if (!next.delete(one)) next.add(one);
  return next;
}

/** What hides a row is opened: collapsed spans above it and the folds on the way. */
function revealing(
  table: SpanTable,
  folds: Folds,
  row: number,
  collapsed: ReadonlySet<number>,
  openFolds: ReadonlySet<number>,
): { readonly collapsed: ReadonlySet<number>; readonly openFolds: ReadonlySet<number> } {
  const hiding = new Set(collapsed);
  const open = new Set(openFolds);
  for (let at = row; at >= 0; at = table.parent[at] ?? -1) {
    if (at !== row) hiding.delete(at);
    const fold = folds.of[at] ?? -1;
    if (fold >= 0) open.add(fold);
  }
  return {
    collapsed: hiding.size === collapsed.size ? collapsed : hiding,
    openFolds: open.size === openFolds.size ? openFolds : open,
  };
}

/** Everything that is computed of a trace for its views, and what is open in it. */
export function useTraceModel(table: SpanTable, view: TraceView, parts: TraceParts): TraceModel {
  const [collapsed, setCollapsed] = useState<ReadonlySet<number>>(none);
  const [openFolds, setOpenFolds] = useState<ReadonlySet<number>>(none);
  const [levels, setLevels] = useState<number | null>(null);
  // The first rows are drawn before what they do not need is computed.
  const isDrawn = useDeferredValue(true, false);
  const wantsPath = isDrawn || view.filter.pill === 'critical';
  const critical = useMemo(() => (wantsPath ? criticalPath(table) : noPath(table)), [table, wantsPath]);
  const folded = view.folded || isDrawn;
  const folds = useMemo(() => (folded ? foldsOf(table) : noFolds), [table, folded]);
  const sifted = useMemo(
    () => sift(table, view.filter, critical, parts.attributes),
    [table, view.filter, critical, parts.attributes],
  );
  const logs = useMemo(() => logPlaces(table, parts.logs), [table, parts.logs]);
  const rows = useMemo(
    () =>
      waterfallRows({
        table,
        collapsed,
        sifted,
        folds: view.folded ? folds : null,
        openFolds,
        logs: view.withLogs ? logs : null,
      }),
    [table, collapsed, sifted, view.folded, folds, openFolds, view.withLogs, logs],
  );
  const selected = useMemo(() => (view.selected === null ? -1 : rowOf(table, view.selected)), [table, view.selected]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another choice opens what hides it.
  useEffect(() => {
    if (selected < 0) return;
    const opened = revealing(table, folds, selected, collapsed, openFolds);
    setCollapsed(opened.collapsed);
    setOpenFolds(opened.openFolds);
  }, [selected, table, folds]);
  const level = useCallback(
    (by: 1 | -1): void => {
      const most = deepest(table);
      const next = Math.max(0, Math.min(most, (levels ?? most) + by));
      setLevels(next);
      setCollapsed(next === most ? none : collapsedFrom(table, next));
    },
    [table, levels],
  );
  const collapseAll = useCallback((): void => {
    setLevels(1);
    setCollapsed(collapsedFrom(table, 1));
    setOpenFolds(none);
  }, [table]);
  const expandAll = useCallback((): void => {
    setLevels(null);
    setCollapsed(none);
    setOpenFolds(new Set(folds.all.map((fold) => fold.place)));
  }, [folds]);
  return {
    critical,
    sifted,
    folds,
    logs,
    rows,
    selected,
    collapsed,
    openFolds,
    toggle: useCallback((row: number) => setCollapsed((was) => toggled(was, row)), []),
    toggleFold: useCallback((fold: number) => setOpenFolds((was) => toggled(was, fold)), []),
    collapseAll,
    expandAll,
    level,
  };
}
