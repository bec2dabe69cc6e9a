import { type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTitle } from '../app/useTitle.ts';
import { absolute } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { patchSearch } from '../url/view.ts';
import { toggled, writeColumns } from './columns.ts';
import { FieldSidebar } from './FieldSidebar.tsx';
import { LevelHistogram } from './LevelHistogram.tsx';
import { LogCompare } from './LogCompare.tsx';
import { LogDetail } from './LogDetail.tsx';
import { LogMetric } from './LogMetric.tsx';
import { LogPatterns } from './LogPatterns.tsx';
import { LogResult } from './LogResult.tsx';
import { LogSearchBar } from './LogSearchBar.tsx';
import { LogToolbar } from './LogToolbar.tsx';
import { linesOf, needles, parsed } from './refine.ts';
import type { LogRow } from './rows.ts';
import { SelectionBar } from './SelectionBar.tsx';
import { useLogKeys } from './useLogKeys.ts';
import { useLogLines } from './useLogLines.ts';
import { useLogView } from './useLogView.ts';
import { useOpenLine } from './useOpenLine.ts';
import { useSelection } from './useSelection.ts';

/** Explore logs: one box, the histogram, fields at the left, lines in the chosen form, and the open line at the right. */
export function LogsScreen() {
  const { t } = useTranslation();
  const view = useLogView();
  const time = useTime();
  const [scrolled, setScrolled] = useState(false);
  const [picking, setPicking] = useState(false);
  const [cursor, setCursor] = useState(-1);
  const [context, setContext] = useState(false);
  const expr = useMemo(() => parsed(view.query), [view.query]);
  const wanted = useMemo(() => needles(view.query), [view.query]);
  const lines = useLogLines({
    query: view.query,
    enabled: expr?.kind === 'log',
    live: view.live,
    held: scrolled || picking || view.open !== null,
    atMs: view.atMs,
  });
  const selection = useSelection(lines);
  useEffect(() => setPicking(selection.rows.length > 0), [selection.rows]);
  const [open, setOpen] = useOpenLine(view, lines);
  // A query that cannot be run is said to be so once, where its lines would be.
  const runs = expr !== null && !(lines.first === 'failed' && lines.failure?.status === 400);
  const fields = view.fields && runs;
  useTitle(view.text, t('logs.title'));

  const linkTo = (row: LogRow): string => {
    const fixed = absolute(time.range);
    const patch = { from: fixed.from, to: fixed.to, live: null, line: row.id, at: String(row.ms + 1) };
    return `${window.location.origin}${window.location.pathname}?${patchSearch(window.location.search, patch)}`;
  };
  const refine = (query: string): void =>
    view.set({
      q: query,
      aa: null,
      word: null,
      re: null,
      line: null,
      ...(isLinesForm(view.form) ? {} : { view: null }),
    });
  const clicked = (row: LogRow, index: number, event: MouseEvent): void => {
    setCursor(index);
    if (event.shiftKey) selection.extend(row, index);
    else if (event.ctrlKey || event.metaKey) selection.toggle(row, index);
    else setOpen(row.id === view.open ? null : row);
  };
  // One function for all renders: lines that did not change are not drawn again.
  const onClicked = useRef(clicked);
  onClicked.current = clicked;
  const onOpen = useCallback<typeof clicked>((row, index, event) => onClicked.current(row, index, event), []);
  const onStep = useLogKeys({
    view,
    lines,
    selection,
    open,
    cursor,
    setCursor,
    setOpen,
    linkTo,
    scrollToTop: () => setScrolled(false),
  });

  return (
    <div className="logs">
      <h1 className="visually-hidden">{t('logs.title')}</h1>
      <LogSearchBar view={view} />
      {expr === null || expr.kind === 'log' ? (
        <>
          {runs && (
            <section className="panel logs-histogram">
              <LevelHistogram
                query={view.query}
                height={86}
                atMs={view.atMs}
                onPoint={(point) => view.set({ at: String(Math.round(point.ms)), line: null }, { replace: true })}
              />
            </section>
          )}
          <div className="logs-body" data-fields={fields || undefined} data-open={open !== null || undefined}>
            {fields && (
              <FieldSidebar
                query={view.query}
                shown={view.columns.map((column) => column.name)}
                onColumn={(name) => view.set({ cols: writeColumns(toggled(view.columns, name)) }, { replace: true })}
                onRefine={refine}
              />
            )}
            <section className="panel logs-list-panel">
              <LogToolbar view={view} lines={lines} />
              <SelectionBar selection={selection} linkTo={linkTo} />
              {view.form === 'patterns' && expr !== null && <LogPatterns query={view.query} onRefine={refine} />}
              {view.form === 'compare' && expr !== null && <LogCompare query={view.query} onRefine={refine} />}
              {(isLinesForm(view.form) || expr === null) && (
                <LogResult
                  view={view}
                  lines={lines}
                  selection={selection}
                  cursor={cursor}
                  wanted={wanted}
                  onStep={onStep}
                  onScrolled={setScrolled}
                  onOpen={onOpen}
                  onRefine={refine}
                  broken={expr === null}
                />
              )}
            </section>
            {open !== null && (
              <LogDetail
                key={open.id}
                row={open}
                query={view.query}
                link={linkTo(open)}
                wanted={wanted}
                context={context}
                onContext={() => setContext(!context)}
                onOpen={setOpen}
                onRefine={refine}
                onClose={() => setOpen(null)}
              />
            )}
          </div>
        </>
      ) : (
        <LogMetric key={view.query} view={view} lines={linesOf(expr)} />
      )}
    </div>
  );
}

function isLinesForm(form: string): boolean {
  return form === 'list' || form === 'table' || form === 'json';
}
