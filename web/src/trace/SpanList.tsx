import { IconAlertCircleFilled } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { criticalTimeOf } from './criticalPath.ts';
import { MATCHES } from './spanFilter.ts';
import { kindOf, operationOf, serviceOf } from './spanTable.ts';
import { useRowWindow } from './useRowWindow.ts';
import type { DrawnProps } from './Waterfall.tsx';

/** Height of `.span-list-row`, CSS pixels. */
const rowHeight = 28;
const columns = ['service', 'operation', 'kind', 'start', 'duration', 'self', 'critical'] as const;
type Column = (typeof columns)[number];

/** Every span that passes the filter as a row of figures, in any order. */
export function SpanList({ table, model, onSelect }: DrawnProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const [sort, setSort] = useState<{ readonly by: Column; readonly down: boolean }>({ by: 'duration', down: true });
  const { sifted, critical, selected } = model;
  const rows = useMemo(() => {
    const shown: number[] = [];
    for (let row = 0; row < table.count; row += 1) {
      if (sifted === null || sifted.states[row] === MATCHES) shown.push(row);
    }
    const figure: Readonly<Record<Column, (row: number) => number | string>> = {
      service: (row) => serviceOf(table, row),
      operation: (row) => operationOf(table, row),
      kind: (row) => kindOf(table, row),
      start: (row) => table.start[row] ?? 0,
      duration: (row) => table.duration[row] ?? 0,
      self: (row) => table.self[row] ?? 0,
      critical: (row) => criticalTimeOf(critical, row),
    };
    const keys = new Map(shown.map((row) => [row, figure[sort.by](row)]));
    const sign = sort.down ? -1 : 1;
    return shown.sort((a, b) => {
      const [one = 0, other = 0] = [keys.get(a), keys.get(b)];
      return one === other ? a - b : one < other ? -sign : sign;
    });
  }, [table, sifted, critical, sort]);
  const seen = useRowWindow(rows.length, rowHeight);
  const ms = (ns: number | undefined): string => formats.duration((ns ?? 0) / 1e6);
  return (
    <div ref={seen.ref} className="span-list" onScroll={seen.onScroll}>
      <div className="span-list-row span-list-head">
        {columns.map((column) => (
          <button
            type="button"
            key={column}
            className="th-button"
            aria-pressed={sort.by === column}
            onClick={() => setSort({ by: column, down: sort.by === column ? !sort.down : column !== 'start' })}
          >
            {t(`trace.column.${column}`)}
            {sort.by === column && (sort.down ? ' ↓' : ' ↑')}
          </button>
        ))}
      </div>
      <div style={{ height: rows.length * rowHeight, position: 'relative' }}>
        {rows.slice(seen.first, seen.last).map((row, at) => (
          <button
            type="button"
            key={row}
            className="span-list-row"
            data-selected={row === selected || undefined}
            style={{ transform: `translateY(${(seen.first + at) * rowHeight}px)` }}
            onClick={() => onSelect(row)}
          >
            <span className="span-list-name">
              <span className="swatch" style={{ background: serviceColor(serviceOf(table, row), theme) }} />
              {serviceOf(table, row)}
            </span>
            <span className="span-list-name">
              {table.failed[row] === 1 && <IconAlertCircleFilled size={13} className="tone-error" aria-hidden />}
              {operationOf(table, row)}
            </span>
            <span className="dim">{kindOf(table, row)}</span>
            <span className="num">{ms(table.start[row])}</span>
            <span className="num">{ms(table.duration[row])}</span>
            <span className="num">{ms(table.self[row])}</span>
            <span className="num">{critical.on[row] === 1 ? ms(criticalTimeOf(critical, row)) : '–'}</span>
          </button>
        ))}
      </div>
    </div>
  );
}
