import { Select } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { Empty } from '../states/States.tsx';
import type { SpanTable } from './spanTable.ts';
import { type Grouping, type SpanStatistics, statisticsOf } from './statistics.ts';
import type { TraceModel } from './useTraceModel.ts';
import type { TraceParts } from './useTraceParts.ts';
import type { TraceView } from './useTraceView.ts';

interface Props {
  readonly table: SpanTable;
  readonly model: TraceModel;
  readonly parts: TraceParts;
  readonly view: TraceView;
}

const columns = ['spans', 'failures', 'selfNs', 'totalNs', 'criticalNs', 'shortestNs', 'longestNs'] as const;
type Column = (typeof columns)[number];
const shownRows = 500;

/** Where the time went: spans put together by service, operation or an attribute, with the time of their own. */
export function StatisticsTable({ table, model, parts, view }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const [sort, setSort] = useState<Column>('selfNs');
  const { attributes } = parts;
  const grouping = useMemo<Grouping | null>(() => {
    if (view.by === 'service' || view.by === 'operation')
      return view.by === 'service' ? { by: 'service' } : { by: 'operation' };
    return attributes === null ? null : { by: 'attribute', name: view.by, attributes };
  }, [view.by, attributes]);
  const groups = useMemo(
    () => (grouping === null ? [] : statisticsOf(table, model.critical, grouping)),
    [table, model.critical, grouping],
  );
  const rows = useMemo(() => groups.toSorted((a, b) => b[sort] - a[sort]), [groups, sort]);
  const allSelf = groups.reduce((sum, one) => sum + one.selfNs, 0);
  const cell = (row: SpanStatistics, column: Column): string => {
    if (column === 'spans' || column === 'failures') return formats.integer(row[column]);
    return formats.duration(row[column] / 1e6);
  };
  return (
    <div className="trace-statistics">
      <div className="trace-statistics-head">
        <Select
          size="xs"
          w={240}
          searchable
          allowDeselect={false}
          label={t('trace.groupBy')}
          value={view.by}
          onChange={(value) => view.set({ by: value === 'operation' ? null : value })}
          data={[
            { value: 'operation', label: t('trace.column.operation') },
            { value: 'service', label: t('trace.column.service') },
            { group: t('trace.attributes'), items: [...(attributes?.names ?? [])].sort() },
          ]}
        />
      </div>
      {rows.length === 0 && grouping !== null && <Empty title={t('trace.noAttribute', { name: view.by })} />}
      <div className="scroll-x">
        <table className="table">
          <thead>
            <tr>
              <th>{view.by === 'service' || view.by === 'operation' ? t(`trace.column.${view.by}`) : view.by}</th>
              {columns.map((column) => (
                <th key={column} className="right" aria-sort={sort === column ? 'descending' : 'none'}>
                  <button type="button" className="th-button" onClick={() => setSort(column)}>
                    {t(`trace.figure.${column}`)}
                    {sort === column && ' ↓'}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shownRows).map((row) => (
              <tr key={row.key}>
                <td className="break">
                  {row.service !== '' && (
                    <span className="swatch" style={{ background: serviceColor(row.service, theme) }} />
                  )}
                  <button
                    type="button"
                    className="text-button"
                    title={t('trace.showThese')}
                    onClick={() => view.set({ view: null, find: row.name === '' ? row.service : row.name })}
                  >
                    {[row.service, row.name].filter((part) => part !== '').join(' ')}
                  </button>
                </td>
                {columns.map((column) => (
                  <td
                    key={column}
                    className={`right num ${column === 'failures' && row.failures > 0 ? 'tone-error' : ''}`}
                  >
                    {column === 'selfNs' && (
                      <span className="self-share" style={{ width: `${(row.selfNs / Math.max(1, allSelf)) * 100}%` }} />
                    )}
                    <span>{cell(row, column)}</span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > shownRows && <p className="dim">{t('trace.moreGroups', { count: rows.length - shownRows })}</p>}
    </div>
  );
}
