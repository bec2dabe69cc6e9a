import type { LogRecord } from '@trilith/contract';
import { levelColors } from '../chart/tokens.ts';
import { levelOf } from '../logs/rows.ts';
import type { CriticalPath } from './criticalPath.ts';
import { momentOf } from './logPlaces.ts';
import type { RowLook } from './rowLook.ts';
import type { SpanTable } from './spanTable.ts';
import { barOf, type TimeWindow } from './timeWindow.ts';
import type { LogPlaces } from './waterfallRows.ts';

/** Marks of one row that are drawn; more would cover one another. */
const mostMarks = 60;

interface Props {
  readonly look: RowLook;
  readonly table: SpanTable;
  readonly row: number;
  readonly window: TimeWindow;
  readonly critical: CriticalPath;
  readonly logs: LogPlaces;
  readonly records: readonly LogRecord[];
}

/** On a bar: its part of the critical path, its events (exceptions in red) and its log lines, each at its time. */
export function BarMarks({ look, table, row, window, critical, logs, records }: Props) {
  return (
    <>
      {places(critical.offsets, row).map((at) => {
        const from = critical.from[at] ?? 0;
        const mark = barOf(from, (critical.to[at] ?? 0) - from, window);
        return mark === null ? null : (
          <span key={`c${at}`} className="critical-mark" style={{ left: `${mark.left}%`, width: `${mark.width}%` }} />
        );
      })}
      {places(table.events.offsets, row).map((at) => {
        const mark = barOf(table.events.at[at] ?? 0, 0, window);
        const name = table.events.names[table.events.name[at] ?? 0] ?? '';
        return mark === null ? null : (
          <span
            key={`e${at}`}
            className="event-mark"
            data-exception={name === 'exception' || undefined}
            title={name}
            style={{ left: `${mark.left}%` }}
          />
        );
      })}
      {places(logs.offsets, row).map((at) => {
        const log = records[logs.places[at] ?? 0];
        const mark = log === undefined ? null : barOf(momentOf(table, log), 0, window);
        return log === undefined || mark === null ? null : (
          <span
            key={`l${at}`}
            className="log-mark"
            style={{ left: `${mark.left}%`, background: levelColors[look.theme][levelOf(log.level)] }}
          />
        );
      })}
    </>
  );
}

const nowhere: readonly number[] = [];

function places(offsets: Int32Array, row: number): readonly number[] {
  const from = offsets[row] ?? 0;
  const count = Math.min(mostMarks, (offsets[row + 1] ?? 0) - from);
  return count === 0 ? nowhere : Array.from({ length: count }, (_, at) => from + at);
}
