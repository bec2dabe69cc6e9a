import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type ReactNode, type RefObject, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogRow } from './rows.ts';
import type { LogLines } from './useLogLines.ts';

export interface ScrollerProps {
  readonly lines: LogLines;
  /** Height of a line that was not measured, CSS pixels. */
  readonly rowHeight: number;
  /** Lines may be of different heights. */
  readonly measured: boolean;
  /** When it changes, heights are measured anew. */
  readonly shape: string;
  readonly cursor: number;
  /** Moves the keyboard's line. */
  readonly onStep: (by: number) => void;
  readonly onScrolled: (scrolled: boolean) => void;
  readonly row: (row: LogRow, index: number) => ReactNode;
  /** Stays in sight above the lines. */
  readonly header?: ReactNode;
  /** Width of the content when it is wider than the view, CSS pixels. */
  readonly width?: number;
}

/** What arrow keys in the list do. */
const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

type Rows = Virtualizer<HTMLDivElement, Element>;

/** Tells the list what is seen, so that what is near it gets read. */
function useSeen(rows: Rows, lines: LogLines): void {
  const items = rows.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const { show, count } = lines;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another count means another page was read.
  useEffect(() => show(first, last), [show, first, last, count]);
}

/** Scrolls to a line when it becomes the cursor's, never because others arrive. */
function useCursor(rows: Rows, cursor: number): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the cursor moves the list.
  useEffect(() => {
    if (cursor >= 0) rows.scrollToIndex(cursor, { align: 'auto' });
  }, [cursor]);
}

/** The lines, drawn only where one looks; pages load on the way, and one comes back to those that were let go. */
export function LineScroller(props: ScrollerProps) {
  const { lines, rowHeight, measured, shape, cursor, header, width, onStep, onScrolled, row } = props;
  const { t } = useTranslation();
  const scroll = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: lines.count,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 20,
    getItemKey: lines.keyAt,
    scrollPaddingStart: header === undefined ? 0 : rowHeight + 8,
  });
  useSeen(rows, lines);
  useCursor(rows, cursor);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another shape needs other measurements.
  useEffect(() => rows.measure(), [shape]);
  const inner: CSSProperties = width === undefined ? {} : { minWidth: width };
  return (
    <div className="log-list-wrap">
      <NewLines lines={lines} scroll={scroll} onScrolled={onScrolled} />
      <div
        ref={scroll}
        className="log-list"
        role="listbox"
        tabIndex={0}
        aria-label={t('logs.list')}
        aria-multiselectable
        onKeyDown={(event) => {
          const by = steps[event.key];
          if (by === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          onStep(by);
        }}
        onScroll={(event) => onScrolled(event.currentTarget.scrollTop > rowHeight)}
      >
        {header}
        <div style={{ height: rows.getTotalSize(), position: 'relative', ...inner }}>
          {rows.getVirtualItems().map((item) => {
            const own = lines.rowAt(item.index);
            return (
              <div
                key={item.key}
                data-index={item.index}
                ref={measured && own !== undefined ? rows.measureElement : undefined}
                className="log-slot"
                style={{
                  transform: `translateY(${item.start}px)`,
                  ...(own === undefined ? { height: item.size } : {}),
                }}
              >
                {own === undefined ? <div className="log-gone" aria-busy="true" /> : row(own, item.index)}
              </div>
            );
          })}
        </div>
        <ListEnd lines={lines} />
      </div>
    </div>
  );
}

interface NewLinesProps {
  readonly lines: LogLines;
  readonly scroll: RefObject<HTMLDivElement | null>;
  readonly onScrolled: (scrolled: boolean) => void;
}

/** Over the list while one reads and new lines wait. */
function NewLines({ lines, scroll, onScrolled }: NewLinesProps) {
  const { t } = useTranslation();
  if (lines.waiting <= 0) return null;
  const toTop = (): void => {
    scroll.current?.scrollTo({ top: 0 });
    onScrolled(false);
  };
  return (
    <button type="button" className="new-lines" onClick={toTop}>
      ↑ {t('logs.newLines', { count: lines.waiting })} · {t('logs.livePaused')}
    </button>
  );
}

/** What comes after the last line: more, nothing, or why more did not come. */
function ListEnd({ lines }: { readonly lines: LogLines }) {
  const { t } = useTranslation();
  return (
    <div className="log-end dim">
      {lines.loading && t('logs.loadingOlder')}
      {!lines.loading && lines.failure === null && lines.atEnd && t('logs.end')}
      {lines.failure !== null && (
        <>
          {t('logs.olderFailed')} {lines.failure.message}{' '}
          <button type="button" className="text-button" onClick={lines.retry}>
            {t('states.retry')}
          </button>
        </>
      )}
    </div>
  );
}
