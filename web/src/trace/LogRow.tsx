import type { LogRecord } from '@trilith/contract';
import { memo } from 'react';
import { levelColors } from '../chart/tokens.ts';
import { withoutControls } from '../logs/lineText.ts';
import { previewOf } from '../logs/lineView.ts';
import { levelLetters, levelOf } from '../logs/rows.ts';
import { momentOf } from './logPlaces.ts';
import type { RowLook } from './rowLook.ts';
import { indent } from './rowStyle.ts';
import type { SpanTable } from './spanTable.ts';
import { barOf, type TimeWindow } from './timeWindow.ts';
import { SPAN_ROW, type WaterfallRows } from './waterfallRows.ts';

interface Props {
  readonly look: RowLook;
  readonly table: SpanTable;
  readonly log: LogRecord;
  readonly rows: WaterfallRows;
  readonly place: number;
  readonly window: TimeWindow;
  readonly onSelect: (row: number) => void;
}

/** The span a line stands under: the nearest one above it. */
function ownerOf(rows: WaterfallRows, place: number): number {
  for (let at = place - 1; at >= 0; at -= 1) if (rows.kinds[at] === SPAN_ROW) return rows.refs[at] ?? 0;
  return 0;
}

/** A log line of the trace under its span, at its moment. */
export const LogRow = memo(function LogRow({ look, table, log, rows, place, window, onSelect }: Props) {
  const level = levelOf(log.level);
  const owner = ownerOf(rows, place);
  const mark = barOf(momentOf(table, log), 0, window);
  const preview = previewOf(withoutControls(log.body));
  const color = levelColors[look.theme][level];
  return (
    <button type="button" className="span-row log-row" onClick={() => onSelect(owner)} title={log.body.slice(0, 1000)}>
      <span className="span-label" style={indent((table.depth[owner] ?? 0) + 1)}>
        <span className="span-toggle" />
        <span className="log-row-level" style={{ color }}>
          {levelLetters[level]}
        </span>
        <span className="span-title mono">{preview.message === '' ? preview.rest : preview.message}</span>
      </span>
      <span className="span-track">
        {mark !== null && <span className="log-dot" style={{ left: `${mark.left}%`, background: color }} />}
      </span>
    </button>
  );
});
