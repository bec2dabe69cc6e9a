import { useMemo } from 'react';
import { useFormats } from '../i18n/format.ts';
import type { Formats } from '../i18n/makeFormats.ts';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { LineScroller } from './LineScroller.tsx';
import { LogLine } from './LogLine.tsx';
import type { FormProps } from './LogResult.tsx';

const dayMs = 86_400_000;

/** The time of a line: the clock, and in a range of more than a day the date before it. */
export function lineTime(ms: number, range: Range, formats: Formats): string {
  if (range.toMs - range.fromMs <= dayMs) return formats.clock(ms);
  return `${formats.short(ms).split(',')[0] ?? ''} ${formats.clock(ms)}`;
}

/** One line each, as a terminal shows them. */
export function LogList({ view, lines, selection, cursor, wanted, onScrolled, onOpen }: FormProps) {
  const formats = useFormats();
  const { range } = useTime();
  const wrap = view.wrap;
  const oneService = useMemo(() => /^\{[^}]*\bservice(?:_name)?="/.test(view.query), [view.query]);
  return (
    <div
      className="log-form"
      data-wrap={wrap || undefined}
      data-dense={view.dense || undefined}
      data-one-service={oneService || undefined}
    >
      <LineScroller
        lines={lines}
        rowHeight={view.dense ? 18 : 22}
        measured={wrap}
        shape={`${wrap} ${view.raw} ${view.dense}`}
        cursor={cursor}
        onScrolled={onScrolled}
        row={(row, index) => (
          <LogLine
            row={row}
            index={index}
            time={lineTime(row.ms, range, formats)}
            columns={view.columns}
            raw={view.raw}
            whole={wrap}
            wanted={wanted}
            open={row.id === view.open}
            picked={selection.has(row.id)}
            onOpen={onOpen}
          />
        )}
      />
    </div>
  );
}
