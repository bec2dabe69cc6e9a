import { SegmentedControl } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchLogLines } from '../data/logs.ts';
import { useFormats } from '../i18n/format.ts';
import { Failure } from '../states/States.tsx';
import { toFailure } from '../states/useAnswer.ts';
import { type ContextKind, contextSelectors } from './contextSelectors.ts';
import { LineText } from './LineText.tsx';
import { previewOf } from './lineView.ts';
import { type LogRow, levelLetters, rowsOf } from './rows.ts';

const firstLines = 10;
const moreLines = 50;
/** How far around the line is looked, ns. */
const reachNs = 24n * 3600n * 1_000_000_000n;

type Side = 'before' | 'after';

/** The lines on one side of a line, nearest first, more on request without end. */
function useSide(selector: string, row: LogRow, side: Side) {
  const at = BigInt(row.timeNs);
  const backward = side === 'before';
  return useInfiniteQuery({
    queryKey: ['log-context', selector, row.cursor, side],
    initialPageParam: row.cursor,
    queryFn: async ({ pageParam, signal }) =>
      fetchLogLines(
        {
          query: selector,
          startNs: String(backward ? at - reachNs : at),
          endNs: String(backward ? at + 1n : at + reachNs),
          direction: backward ? 'backward' : 'forward',
          limit: pageParam === row.cursor ? firstLines : moreLines,
          after: pageParam,
        },
        signal,
      ),
    getNextPageParam: (page) => page.next,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The lines before and after one line, of its stream, its pod or its trace; the line itself stays where it is while more come. */
export function LogContext({ row, onOpen }: { readonly row: LogRow; readonly onOpen: (row: LogRow) => void }) {
  const { t } = useTranslation();
  const selectors = contextSelectors(row);
  const kinds = [...selectors.keys()];
  const [chosen, setChosen] = useState<ContextKind>('stream');
  const kind = selectors.has(chosen) ? chosen : 'stream';
  const selector = selectors.get(kind) ?? '';
  const before = useSide(selector, row, 'before');
  const after = useSide(selector, row, 'after');
  const earlier = (before.data?.pages ?? []).flatMap(rowsOf).reverse();
  const later = (after.data?.pages ?? []).flatMap(rowsOf);
  const anchor = useRef<HTMLDivElement>(null);
  const anchorTop = useRef<number | null>(null);
  // Lines that come in above push the line down; the view follows it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the number of lines above is what moves it.
  useLayoutEffect(() => {
    const top = anchor.current?.getBoundingClientRect().top;
    if (top === undefined || anchorTop.current === null) return;
    anchor.current?.closest('.detail-body')?.scrollBy({ top: top - anchorTop.current });
    anchorTop.current = null;
  }, [earlier.length]);
  const failed = before.error ?? after.error;
  return (
    <section aria-label={t('logs.contextHint')}>
      <div className="context-head">
        <span className="dim">{t('logs.contextHint')}</span>
        {kinds.length > 1 && (
          <SegmentedControl
            size="xs"
            aria-label={t('logs.contextOf')}
            value={kind}
            onChange={(next) => setChosen(kinds.find((one) => one === next) ?? 'stream')}
            data={kinds.map((value) => ({ value, label: t(`logs.contextKind.${value}`) }))}
          />
        )}
      </div>
      {failed !== null && <Failure failure={toFailure(failed)} onRetry={() => void before.refetch()} height={80} />}
      <div className="context">
        <More
          end={!before.hasNextPage && !before.isFetching}
          loading={before.isFetching}
          onMore={() => {
            anchorTop.current = anchor.current?.getBoundingClientRect().top ?? null;
            void before.fetchNextPage();
          }}
        >
          ↑ {t('logs.earlier')}
        </More>
        {earlier.map((one) => (
          <Neighbour key={one.id} row={one} showsService={kind === 'trace'} onOpen={onOpen} />
        ))}
        <div ref={anchor} className="context-anchor">
          <Neighbour row={row} showsService={kind === 'trace'} anchor />
        </div>
        {later.map((one) => (
          <Neighbour key={one.id} row={one} showsService={kind === 'trace'} onOpen={onOpen} />
        ))}
        <More
          end={!after.hasNextPage && !after.isFetching}
          loading={after.isFetching}
          onMore={() => void after.fetchNextPage()}
        >
          ↓ {t('logs.later')}
        </More>
      </div>
    </section>
  );
}

interface MoreProps {
  readonly end: boolean;
  readonly loading: boolean;
  readonly onMore: () => void;
  readonly children: ReactNode;
}

function More({ end, loading, onMore, children }: MoreProps) {
  const { t } = useTranslation();
  if (end) return <span className="dim context-end">{t('logs.ends')}</span>;
  return (
    <button type="button" className="text-button context-end" disabled={loading} onClick={onMore}>
      {children}
    </button>
  );
}

interface NeighbourProps {
  readonly row: LogRow;
  readonly showsService: boolean;
  readonly anchor?: boolean;
  readonly onOpen?: (row: LogRow) => void;
}

function Neighbour({ row, showsService, anchor = false, onOpen }: NeighbourProps) {
  const formats = useFormats();
  const preview = previewOf(row.line, row.metadata);
  return (
    <button
      type="button"
      className="log-line context-line"
      data-level={row.level}
      data-anchor={anchor || undefined}
      onClick={() => onOpen?.(row)}
    >
      <span className="log-time num">{formats.clock(row.ms)}</span>
      <span className="log-level">{levelLetters[row.level]}</span>
      {showsService && <span className="log-column">{row.service}</span>}
      <span className="log-message">
        <LineText text={preview.message} wanted={[]} />
        <span className="log-rest"> {preview.rest}</span>
      </span>
    </button>
  );
}
