import { useMemo } from 'react';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import type { FormProps } from './formProps.ts';
import { LineScroller } from './LineScroller.tsx';
import { LogLine } from './LogLine.tsx';

const dayMs = 86_400_000;

/** Whether the clock alone would not tell lines of a range apart. */
export function isDated(range: Range): boolean {
  return range.toMs - range.fromMs > dayMs;
}

/** One line each, as a terminal shows them. */
export function LogList({ view, lines, selection, cursor, wanted, onStep, onScrolled, onOpen }: FormProps) {
  const formats = useFormats();
  const { range } = useTime();
  const theme = useTheme();
  const dated = isDated(range);
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
        onStep={onStep}
        onScrolled={onScrolled}
        row={(row, index) => (
          <LogLine
            row={row}
            index={index}
            formats={formats}
            dated={dated}
            theme={theme}
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
