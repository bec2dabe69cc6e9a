import { useVirtualizer } from '@tanstack/react-virtual';
import type { LogRecord } from '@trilith/contract';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import type { TraceTree } from './traceTree.ts';
import { LogMarkRow, SpanRow } from './WaterfallRow.tsx';
import { rulerTicks, type WaterfallRow, type Window } from './waterfall.ts';

const rowHeight = 26;

interface Props {
  readonly rows: readonly WaterfallRow[];
  readonly tree: TraceTree;
  readonly window: Window;
  readonly critical: ReadonlySet<number>;
  readonly selected: string | null;
  readonly allLogs: ReadonlyMap<number, readonly LogRecord[]>;
  readonly onSelect: (spanId: string | null) => void;
  readonly onToggle: (spanId: string) => void;
}

/** Spans as bars over time, only the visible rows drawn. */
export function Waterfall({ rows, tree, window, critical, selected, allLogs, onSelect, onToggle }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => rows[index]?.key ?? index,
  });
  const selectedAt = selected === null ? -1 : rows.findIndex((row) => row.key === selected);
  // biome-ignore lint/correctness/useExhaustiveDependencies: scroll only when another span is chosen.
  useEffect(() => {
    if (selectedAt >= 0) virtual.scrollToIndex(selectedAt, { align: 'auto' });
  }, [selected]);
  const size = window.toMs - window.fromMs;
  const ticks = rulerTicks(window, 5);
  return (
    <>
      <div className="ruler">
        <div className="span-label dim">{t('trace.waterfall')}</div>
        <div className="span-track">
          {ticks.map((ms) => (
            <span key={ms} className="tick num" style={{ left: `${((ms - window.fromMs) / size) * 100}%` }}>
              {formats.duration(ms)}
            </span>
          ))}
        </div>
      </div>
      <div ref={scroll} className="waterfall" role="tree" aria-label={t('trace.waterfall')} tabIndex={0}>
        {rows.length === 0 && <div className="state">{t('trace.noMatch')}</div>}
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <div
                key={item.key}
                className="waterfall-slot"
                style={{ transform: `translateY(${item.start}px)`, height: rowHeight }}
              >
                {row.kind === 'span' ? (
                  <SpanRow
                    row={row}
                    window={window}
                    critical={critical.has(row.span.index)}
                    selected={row.key === selected}
                    logs={allLogs.get(row.span.index) ?? []}
                    startNs={tree.startNs}
                    onSelect={() => onSelect(row.key === selected ? null : row.key)}
                    onToggle={() => onToggle(row.key)}
                  />
                ) : (
                  <LogMarkRow row={row} window={window} onSelect={() => onSelect(row.key.split('/')[0] ?? null)} />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}
