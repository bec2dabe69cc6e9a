import { IconLink, IconUnlink } from '@tabler/icons-react';
import type { LogRecord } from '@trilith/contract';
import { memo } from 'react';
import { BarMarks } from './BarMarks.tsx';
import type { CriticalPath } from './criticalPath.ts';
import type { RowLook } from './rowLook.ts';
import { durationPlace, durationRoom, durationStyle, indent } from './rowStyle.ts';
import { operationOf, type SpanTable, serviceOf } from './spanTable.ts';
import { barOf, type TimeWindow } from './timeWindow.ts';
import { measureOf, type UsualIndex, usualOf, verdictOf } from './usual.ts';
import type { LogPlaces } from './waterfallRows.ts';

interface Props {
  readonly look: RowLook;
  readonly table: SpanTable;
  readonly row: number;
  readonly window: TimeWindow;
  readonly selected: boolean;
  readonly collapsed: boolean;
  readonly dimmed: boolean;
  readonly critical: CriticalPath;
  readonly logs: LogPlaces;
  readonly records: readonly LogRecord[];
  readonly usual: UsualIndex | null;
  /** Its pinned attributes; empty when it has none. */
  readonly said: string;
  readonly onSelect: (row: number) => void;
  readonly onToggle: (row: number) => void;
}

/** A span: its place in the tree at the left; its bar with what is usual, the critical path, events and lines at the right. */
export const SpanRow = memo(function SpanRow(props: Props) {
  const { look, table, row, window, selected, collapsed, dimmed, onSelect } = props;
  const below = table.below[row] ?? 0;
  const start = table.start[row] ?? 0;
  const duration = table.duration[row] ?? 0;
  const color = look.colors[table.service[row] ?? 0] ?? '';
  const bar = barOf(start, duration, window);
  const operation = props.usual === null ? undefined : usualOf(props.usual, table, row);
  const measure = operation === undefined ? null : measureOf(operation);
  const ghost = measure === null ? null : barOf(start, measure.p95Ms * 1e6, window);
  const verdict = verdictOf(duration / 1e6, operation);
  return (
    <div
      className="span-row"
      role="treeitem"
      tabIndex={-1}
      aria-level={(table.depth[row] ?? 0) + 1}
      aria-selected={selected}
      aria-expanded={below > 0 ? !collapsed : undefined}
      data-selected={selected || undefined}
      data-dimmed={dimmed || undefined}
    >
      <SpanLabel {...props} color={color} />
      <button type="button" className="span-track" tabIndex={-1} onClick={() => onSelect(row)} aria-hidden>
        {ghost !== null && (verdict === 'slower' || verdict === 'slowest') && (
          <span className="span-usual" style={{ left: `${ghost.left}%`, width: `${ghost.width}%` }} />
        )}
        {bar !== null && (
          <>
            <span
              className="span-bar"
              data-error={table.failed[row] === 1 || undefined}
              style={{ left: `${bar.left}%`, width: `${bar.width}%`, background: color }}
            />
            <SpanDuration look={look} durationMs={duration / 1e6} verdict={verdict} bar={bar} />
          </>
        )}
        <BarMarks {...props} />
      </button>
    </div>
  );
});

function SpanLabel({
  look,
  table,
  row,
  collapsed,
  said,
  onSelect,
  onToggle,
  color,
}: Pick<Props, 'look' | 'table' | 'row' | 'collapsed' | 'said' | 'onSelect' | 'onToggle'> & {
  readonly color: string;
}) {
  const { words } = look;
  const below = table.below[row] ?? 0;
  const failed = table.failed[row] === 1;
  return (
    <div className="span-label" style={indent(table.depth[row] ?? 0)}>
      <button
        type="button"
        className="span-toggle"
        data-leaf={below === 0 || undefined}
        data-closed={collapsed || undefined}
        aria-label={collapsed ? words.expand : words.collapse}
        onClick={() => onToggle(row)}
      />
      <button type="button" className="span-name" title={said || undefined} onClick={() => onSelect(row)}>
        <span className="span-service" style={{ background: color }} />
        {failed && <span className="error-mark" role="img" aria-label={words.ownError} />}
        {!failed && collapsed && table.failedBelow[row] === 1 && (
          <span className="error-mark" data-below role="img" aria-label={words.childError} />
        )}
        {table.parentMissing[row] === 1 && (
          <IconUnlink size={13} className="tone-warning" role="img" aria-label={words.parentMissing} />
        )}
        {table.linked[row] === 1 && <IconLink size={13} className="dim" role="img" aria-label={words.links} />}
        <span className="span-title">
          <strong>{serviceOf(table, row)}</strong> {operationOf(table, row)}
          {said !== '' && <span className="dim"> {said}</span>}
        </span>
        {collapsed && <span className="dim num">+{below}</span>}
      </button>
    </div>
  );
}

interface DurationProps {
  readonly look: RowLook;
  readonly durationMs: number;
  readonly verdict: ReturnType<typeof verdictOf>;
  readonly bar: NonNullable<ReturnType<typeof barOf>>;
}

function SpanDuration({ look, durationMs, verdict, bar }: DurationProps) {
  const slow = verdict === 'slower' || verdict === 'slowest';
  const room = slow ? durationRoom.long : durationRoom.short;
  return (
    <span
      className="span-duration num"
      data-inside={durationPlace(bar, room) === 'inside' || undefined}
      style={durationStyle(bar, room)}
    >
      {look.formats.duration(durationMs)}
      {slow && <span className="tone-warning"> {look.words[verdict]}</span>}
    </span>
  );
}
