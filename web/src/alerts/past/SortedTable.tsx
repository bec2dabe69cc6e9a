import { type ReactNode, useState } from 'react';

/** A column of numbers, the greatest first when it is pressed. */
export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly valueOf: (row: Row) => number;
  readonly cell: (row: Row) => ReactNode;
}

interface Props<Row> {
  readonly rows: readonly Row[];
  /** The first one sorts at the start. */
  readonly columns: readonly Column<Row>[];
  readonly nameTitle: string;
  readonly keyOf: (row: Row) => string;
  readonly name: (row: Row) => ReactNode;
}

/** Names with figures, sorted by whichever figure was pressed. */
export function SortedTable<Row>({ rows, columns, nameTitle, keyOf, name }: Props<Row>) {
  const [by, setBy] = useState(columns[0]?.key ?? '');
  const column = columns.find(({ key }) => key === by);
  const sorted = column === undefined ? rows : rows.toSorted((a, b) => column.valueOf(b) - column.valueOf(a));
  return (
    <div className="scroll-x">
      <table className="table">
        <thead>
          <tr>
            <th>{nameTitle}</th>
            {columns.map(({ key, title }) => (
              <th key={key} className="right" aria-sort={key === by ? 'descending' : 'none'}>
                <button type="button" className="th-button" onClick={() => setBy(key)}>
                  {title} {key === by && '↓'}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={keyOf(row)}>
              <td className="break alert-name">{name(row)}</td>
              {columns.map(({ key, cell }) => (
                <td key={key} className="right num">
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
