import type { ReactNode } from 'react';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';

/** One row of a count: what it is, how much of the whole, and what can be done with it. */
export interface CountRow {
  readonly key: string;
  readonly name: ReactNode;
  /** Figures in the order of the columns. */
  readonly figures: readonly string[];
  /** Between 0 and 1. */
  readonly share: number;
  readonly tools: ReactNode;
}

interface Props {
  readonly title: string;
  readonly columns: readonly [string, ...string[]];
  readonly shareLabel: string;
  readonly rows: readonly CountRow[];
  /** Said below when there are more than are shown. */
  readonly rest: string | null;
}

/** What makes a number, largest first, with bars of shares. */
export function CountTable({ title, columns, shareLabel, rows, rest }: Props) {
  const formats = useFormats();
  const [first, ...figures] = columns;
  return (
    <Panel title={title}>
      <div className="scroll-x count-scroll">
        <table className="table">
          <thead>
            <tr>
              <th>{first}</th>
              {figures.map((column) => (
                <th key={column} className="right">
                  {column}
                </th>
              ))}
              <th className="wide-cell">{shareLabel}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <td className="break">{row.name}</td>
                {row.figures.map((figure, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: figures are told apart by their column only.
                  <td key={at} className="right num">
                    {figure}
                  </td>
                ))}
                <td className="wide-cell share-cell" title={formats.value(row.share, 'ratio')}>
                  <span className="share-bar">
                    <span style={{ width: `${Math.max(0.5, Math.min(1, row.share) * 100)}%` }} />
                  </span>
                </td>
                <td className="row-tools">
                  <div>{row.tools}</div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rest !== null && <div className="graph-foot dim num">{rest}</div>}
    </Panel>
  );
}
