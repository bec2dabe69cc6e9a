import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { paletteColor } from './palette.ts';
import { type ChartData, type SeriesStats, statsOf, toggleShown } from './series.ts';
import { useTheme } from './tokens.ts';
import type { Unit } from './units.ts';

type Column = 'name' | keyof SeriesStats;

interface Props {
  readonly data: ChartData;
  readonly unit: Unit;
  readonly shown: ReadonlySet<string>;
  readonly onShown: (shown: ReadonlySet<string>) => void;
}

const columns: readonly Exclude<Column, 'name'>[] = ['last', 'min', 'max', 'mean'];

/** Every series with its values, sortable; click shows one, Ctrl+click toggles. */
export function Legend({ data, unit, shown, onShown }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const [sort, setSort] = useState<{ readonly by: Column; readonly down: boolean }>({ by: 'last', down: true });
  const all = data.series.map((series) => series.name);
  const rows = data.series.map((series, at) => ({
    name: series.name,
    color: paletteColor(series.color ?? at, theme),
    dash: series.dash,
    stats: statsOf(series.values),
  }));
  const sign = sort.down ? -1 : 1;
  const by = sort.by;
  rows.sort(
    (a, b) =>
      sign *
      (by === 'name'
        ? a.name.localeCompare(b.name)
        : (a.stats[by] ?? Number.NEGATIVE_INFINITY) - (b.stats[by] ?? Number.NEGATIVE_INFINITY)),
  );
  const header = (column: Column, label: string) => (
    <th
      key={column}
      className={column === 'name' ? undefined : 'right'}
      aria-sort={sort.by === column ? (sort.down ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        className="th-button"
        onClick={() => setSort({ by: column, down: sort.by === column ? !sort.down : column !== 'name' })}
      >
        {label}
        {sort.by === column && (sort.down ? ' ↓' : ' ↑')}
      </button>
    </th>
  );
  return (
    <div className="legend">
      <table className="table legend-table">
        <thead>
          <tr>
            {header('name', t('metrics.name'))}
            {columns.map((column) => header(column, t(`metrics.${column}`)))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name} data-off={(shown.size > 0 && !shown.has(row.name)) || undefined}>
              <td>
                <button
                  type="button"
                  className="legend-name"
                  title={t('metrics.legendHint')}
                  onClick={(event) => onShown(toggleShown(shown, all, row.name, event.ctrlKey || event.metaKey))}
                >
                  <span className="swatch" data-dash={row.dash} style={{ background: row.color }} />
                  {row.name}
                </button>
              </td>
              {columns.map((column) => (
                <td key={column} className="right num">
                  {formats.value(row.stats[column], unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
