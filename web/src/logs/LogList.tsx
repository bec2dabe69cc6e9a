import { Button } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../data/http.ts';
import { diagnose } from '../editor/diagnose.ts';
import { useFormats } from '../i18n/format.ts';
import { Empty, Failure, Loading } from '../states/States.tsx';
import { useTime } from '../time/TimeContext.tsx';
import { LogLine } from './LogLine.tsx';
import { dropLast, needles } from './refine.ts';
import type { LogRow } from './rows.ts';
import type { LogLines } from './useLogLines.ts';
import type { LogView } from './useLogView.ts';

interface Props {
  readonly view: LogView;
  readonly lines: LogLines;
  readonly openId: string | null;
  readonly broken: boolean;
  readonly onScrolled: (scrolled: boolean) => void;
  readonly onOpen: (row: LogRow) => void;
  readonly onRefine: (query: string) => void;
}

const rowHeight = 22;
const loadAheadRows = 60;

/** The lines, newest first, drawn only where one looks; older pages load on the way down. */
export function LogList(props: Props) {
  const { view, lines, onRefine, broken } = props;
  const { t } = useTranslation();
  const { setRange } = useTime();
  if (broken) {
    const message = diagnose('logql', view.query)[0]?.message ?? '';
    return (
      <Failure
        failure={
          new ApiFailure({ status: 400, code: 'bad_query', message, setting: null, requestId: '', position: null })
        }
        height={200}
      />
    );
  }
  if (lines.first === 'loading') return <Loading height={240} onCancel={lines.cancel} />;
  if (lines.first === 'failed' && lines.failure !== null)
    return <Failure failure={lines.failure} onRetry={lines.retry} height={240} />;
  if (lines.first === 'cancelled') {
    return (
      <Empty title={t('states.cancelled')}>
        <Button size="compact-xs" variant="default" onClick={lines.retry}>
          {t('states.retry')}
        </Button>
      </Empty>
    );
  }
  if (lines.rows.length === 0) {
    const relaxed = dropLast(view.query);
    return (
      <Empty title={view.live ? t('logs.liveWaiting') : t('logs.empty')} height={240}>
        <span>
          {t('logs.emptyHint')} <code>{view.query}</code>
        </span>
        {relaxed !== null && (
          <Button size="compact-xs" variant="default" onClick={() => onRefine(relaxed)}>
            {t('logs.dropLast')}
          </Button>
        )}
        <Button size="compact-xs" variant="default" onClick={() => setRange({ from: 'now-24h', to: 'now' })}>
          {t('states.widen')}
        </Button>
        <Button size="compact-xs" variant="default" onClick={() => onRefine('')}>
          {t('logs.allLines')}
        </Button>
      </Empty>
    );
  }
  return <Rows {...props} />;
}

function Rows({ view, lines, openId, onScrolled, onOpen }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const scroll = useRef<HTMLDivElement>(null);
  const wanted = useMemo(() => needles(view.query), [view.query]);
  const rows = useVirtualizer({
    count: lines.rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 20,
    getItemKey: (index) => lines.rows[index]?.id ?? index,
  });
  const items = rows.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  const nearEnd = lastIndex > lines.rows.length - loadAheadRows;
  useEffect(() => {
    if (nearEnd && !lines.atEnd && !lines.olderFailed) lines.loadOlder();
  }, [nearEnd, lines.atEnd, lines.olderFailed, lines.loadOlder]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other row heights need other measurements.
  useEffect(() => rows.measure(), [view.wrap, view.raw]);
  const toTop = (): void => {
    scroll.current?.scrollTo({ top: 0 });
    onScrolled(false);
  };
  const openIndex = openId === null ? -1 : lines.rows.findIndex((row) => row.id === openId);
  // biome-ignore lint/correctness/useExhaustiveDependencies: scroll only when another line is opened.
  useEffect(() => {
    if (openIndex >= 0) rows.scrollToIndex(openIndex, { align: 'auto' });
  }, [openId]);
  const service = lines.rows[0]?.service;
  const oneService = useMemo(() => lines.rows.every((row) => row.service === service), [lines.rows, service]);
  const days = range.toMs - range.fromMs > 86_400_000;
  return (
    <div className="log-list-wrap">
      {lines.waiting > 0 && (
        <button type="button" className="new-lines" onClick={toTop}>
          ↑ {t('logs.newLines', { count: lines.waiting })} · {t('logs.livePaused')}
        </button>
      )}
      <div
        ref={scroll}
        className="log-list"
        data-wrap={view.wrap || undefined}
        data-one-service={oneService || undefined}
        role="listbox"
        tabIndex={0}
        aria-label={t('logs.list')}
        onScroll={(event) => onScrolled(event.currentTarget.scrollTop > rowHeight)}
      >
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {items.map((item) => {
            const row = lines.rows[item.index];
            if (row === undefined) return null;
            return (
              <div
                key={item.key}
                data-index={item.index}
                ref={view.wrap ? rows.measureElement : undefined}
                className="log-slot"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <LogLine
                  row={row}
                  time={
                    days ? `${formats.short(row.ms).split(',')[0]} ${formats.clock(row.ms)}` : formats.clock(row.ms)
                  }
                  columns={view.columns}
                  raw={view.raw}
                  wanted={wanted}
                  open={row.id === openId}
                  onOpen={onOpen}
                />
              </div>
            );
          })}
        </div>
        <div className="log-end dim">
          {lines.loadingOlder && t('logs.loadingOlder')}
          {lines.atEnd && t('logs.end')}
          {lines.olderFailed && (
            <>
              {t('logs.olderFailed')}{' '}
              <button type="button" className="text-button" onClick={lines.loadOlder}>
                {t('states.retry')}
              </button>
            </>
          )}
        </div>
      </div>
    </div>
  );
}
