import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useScope } from '../app/useServices.ts';
import { metricMetadata, metricNames } from '../data/prometheus.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { defaultExpression, joinMetadata, type MetricEntry, searchMetrics } from './metricSearch.ts';

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

/** Every metric with type and help; a click asks the usual question of it. */
export function MetricBrowser({ onPick }: { readonly onPick: (expression: string) => void }) {
  const { t } = useTranslation();
  const scope = useScope();
  const [search, setSearch] = useState('');
  const answer = useAnswer({
    subject: ['metric-browser', scope],
    at: [],
    ask: async (signal) => {
      const selector = scope === '' ? [] : [`{service=${JSON.stringify(scope)}}`, `{job=${JSON.stringify(scope)}}`];
      const [names, metadata] = await Promise.all([metricNames(selector, signal), metricMetadata(signal)]);
      return joinMetadata(names, metadata);
    },
  });
  return (
    <aside className="side-list" aria-label={t('metrics.browser')}>
      <TextInput
        size="xs"
        leftSection={<IconSearch size={13} aria-hidden />}
        placeholder={t('metrics.searchMetrics')}
        aria-label={t('metrics.searchMetrics')}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <Answered answer={answer} height={200}>
        {(entries) => <MetricList entries={entries} search={search} onPick={onPick} />}
      </Answered>
    </aside>
  );
}

interface ListProps {
  readonly entries: readonly MetricEntry[];
  readonly search: string;
  readonly onPick: (expression: string) => void;
}

function MetricList({ entries, search, onPick }: ListProps) {
  const { t } = useTranslation();
  const scroll = useRef<HTMLDivElement>(null);
  const found = useMemo(() => searchMetrics(entries, search), [entries, search]);
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
      <div className="side-count dim num">{t('metrics.found', { count: found.length })}</div>
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
                title={entry.help === '' ? entry.name : `${entry.name}\n${entry.help}`}
                onClick={() => onPick(defaultExpression(entry.name, entry.type))}
              >
                <span className="metric-name">{entry.name}</span>
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
