import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { MetricRow } from '@trilith/contract';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useScope } from '../app/useServices.ts';
import { fetchMetrics } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { alignRange } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { defaultExpression } from './defaultExpression.ts';

const rowHeight = 46;
const metricTypes = [
  'counter',
  'gauge',
  'histogram',
  'summary',
  'unknown',
  'info',
  'stateset',
  'gaugehistogram',
] as const;

function typeOf(text: string): (typeof metricTypes)[number] {
  return metricTypes.find((type) => type === text) ?? 'unknown';
}

/** The end of a long name is always shown: it tells a family's series apart. */
const tailLength = 12;
const pauseMs = 200;
const mostListed = 2000;

/** The metrics the server knows, with type, help, series and use; a click asks the usual question of one. */
export function MetricBrowser({ onPick }: { readonly onPick: (expression: string) => void }) {
  const { t } = useTranslation();
  const scope = useScope();
  const { range } = useTime();
  const [text, setText] = useState('');
  const [search] = useDebouncedValue(text.trim(), pauseMs);
  // Series are known by the day, so a list that was right a minute ago still is.
  const grid = alignRange(range, 60_000);
  const answer = useAnswer({
    subject: ['metric-browser', scope, search],
    at: [grid.fromMs, grid.toMs],
    ask: (signal) => fetchMetrics(grid, { search, service: scope, limit: mostListed }, signal),
  });
  return (
    <aside className="side-list" aria-label={t('metrics.browser')}>
      <TextInput
        size="xs"
        leftSection={<IconSearch size={13} aria-hidden />}
        placeholder={t('metrics.searchMetrics')}
        aria-label={t('metrics.searchMetrics')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Answered answer={answer} height={200}>
        {(data) => <MetricList entries={data.metrics} total={data.total} search={search} onPick={onPick} />}
      </Answered>
    </aside>
  );
}

interface ListProps {
  readonly entries: readonly MetricRow[];
  readonly total: number;
  readonly search: string;
  readonly onPick: (expression: string) => void;
}

function MetricList({ entries: found, total, search, onPick }: ListProps) {
  const { t } = useTranslation();
  const scroll = useRef<HTMLDivElement>(null);
  const formats = useFormats();
  const rows = useVirtualizer({
    count: found.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  if (found.length === 0)
    return <Empty title={search === '' ? t('home.hostWaiting') : t('metrics.noMatch', { text: search })} />;
  return (
    <>
      <div className="side-count dim num">
        {t('metrics.found', { count: total })}
        {total > found.length && ` · ${t('metrics.moreMetrics', { count: total - found.length })}`}
      </div>
      <div ref={scroll} className="side-scroll">
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map((row) => {
            const entry = found[row.index];
            if (entry === undefined) return null;
            return (
              <button
                type="button"
                key={entry.name}
                className="metric-row"
                style={{ transform: `translateY(${row.start}px)`, height: rowHeight }}
                title={[
                  entry.name,
                  entry.help,
                  ...(entry.uses > 0 ? [t('metrics.used', { count: entry.uses })] : []),
                ].join('\n')}
                onClick={() => onPick(defaultExpression(entry.name, entry.type))}
              >
                <span className="metric-line">
                  <span className="metric-name">{entry.name.slice(0, -tailLength)}</span>
                  <span className="metric-tail">{entry.name.slice(-tailLength)}</span>
                  <span className="metric-series num dim" title={t('metrics.series', { count: entry.series })}>
                    {formats.integer(entry.series)}
                  </span>
                </span>
                <span className="metric-help dim">
                  <span className="metric-type">{t(`metrics.type.${typeOf(entry.type)}`)}</span> {entry.help}
                </span>
              </button>
            );
          })}
        </div>
      </div>
    </>
  );
}
