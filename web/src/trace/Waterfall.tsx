import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { attributePlaces, pairsText } from './attributeIndex.ts';
import { FoldRow } from './FoldRow.tsx';
import { LogRow } from './LogRow.tsx';
import { useRowLook } from './rowLook.ts';
import { SpanRow } from './SpanRow.tsx';
import { LEADS } from './spanFilter.ts';
import type { SpanTable } from './spanTable.ts';
import { rulerTicks, type TimeWindow } from './timeWindow.ts';
import { useRowWindow } from './useRowWindow.ts';
import type { TraceModel } from './useTraceModel.ts';
import type { TraceParts } from './useTraceParts.ts';
import { FOLD_ROW, placeOf, SPAN_ROW } from './waterfallRows.ts';

/** Height of `.span-row`, CSS pixels. */
const rowHeight = 26;

export interface DrawnProps {
  readonly table: SpanTable;
  readonly model: TraceModel;
  readonly window: TimeWindow;
  /** Chooses a row; the chosen one again, or -1, chooses none. */
  readonly onSelect: (row: number) => void;
}

interface Props extends DrawnProps {
  readonly parts: TraceParts;
  /** Names of attributes each row says. */
  readonly pinned: readonly string[];
}

/** Spans as bars over time, only the visible rows drawn. */
export function Waterfall({ table, model, parts, pinned, window, onSelect }: Props) {
  const { t } = useTranslation();
  const { rows, selected, sifted, folds } = model;
  const look = useRowLook(table);
  const { attributes } = parts;
  const names = useMemo(() => (attributes === null ? [] : attributePlaces(attributes, pinned)), [attributes, pinned]);
  const seen = useRowWindow(rows.count, rowHeight);
  const { scrollTo } = seen;
  // biome-ignore lint/correctness/useExhaustiveDependencies: scroll only when another span is chosen or what hid it opens.
  useEffect(() => {
    if (selected >= 0) scrollTo(placeOf(rows, selected));
  }, [selected, model.collapsed, model.openFolds]);
  const drawn = [];
  for (const place of seen.places) {
    const kind = rows.kinds[place];
    const ref = rows.refs[place] ?? 0;
    const fold = kind === FOLD_ROW ? folds.all[ref] : undefined;
    const log = kind === FOLD_ROW || kind === SPAN_ROW ? undefined : parts.logs[ref];
    drawn.push(
      <div key={place % seen.slots} className="waterfall-slot" style={{ top: place * rowHeight, height: rowHeight }}>
        {kind === SPAN_ROW && (
          <SpanRow
            look={look}
            table={table}
            row={ref}
            window={window}
            selected={ref === selected}
            collapsed={model.collapsed.has(ref)}
            dimmed={sifted !== null && sifted.states[ref] === LEADS}
            critical={model.critical}
            logs={model.logs}
            records={parts.logs}
            usual={parts.usual}
            said={attributes === null ? '' : pairsText(attributes, ref, names)}
            onSelect={onSelect}
            onToggle={model.toggle}
          />
        )}
        {fold !== undefined && (
          <FoldRow
            look={look}
            table={table}
            fold={fold}
            window={window}
            open={model.openFolds.has(ref)}
            onToggle={model.toggleFold}
          />
        )}
        {log !== undefined && (
          <LogRow look={look} table={table} log={log} rows={rows} place={place} window={window} onSelect={onSelect} />
        )}
      </div>,
    );
  }
  return (
    <>
      <Ruler window={window} label={t('trace.waterfall')} />
      <div
        ref={seen.ref}
        className="waterfall"
        role="tree"
        aria-label={t('trace.waterfall')}
        tabIndex={0}
        onScroll={seen.onScroll}
      >
        {rows.count === 0 && <div className="state">{t('trace.noMatch')}</div>}
        <div style={{ height: rows.count * rowHeight, position: 'relative' }}>{drawn}</div>
      </div>
    </>
  );
}

/** Round times over the bars. */
export function Ruler({ window, label }: { readonly window: TimeWindow; readonly label: string | null }) {
  const formats = useFormats();
  const size = window.to - window.from;
  return (
    <div className="ruler" data-wide={label === null || undefined}>
      {label !== null && <div className="span-label dim">{label}</div>}
      <div className="span-track">
        {rulerTicks(window, 5).map((ns) => (
          <span key={ns} className="tick num" style={{ left: `${((ns - window.from) / size) * 100}%` }}>
            {formats.duration(ns / 1e6)}
          </span>
        ))}
      </div>
    </div>
  );
}
