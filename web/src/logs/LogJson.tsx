import { useFormats } from '../i18n/format.ts';
import type { FormProps } from './formProps.ts';
import { LineScroller } from './LineScroller.tsx';
import { LineText } from './LineText.tsx';
import { jsonOf } from './lineView.ts';
import type { LogRow } from './rows.ts';

const estimatedHeight = 200;

/** A line as the JSON one would write about it: time, level, labels, fields, and the line itself, taken apart where it is JSON. */
export function jsonText(row: LogRow, time: string): string {
  const object = jsonOf(row.line);
  const has = (record: Readonly<Record<string, string>>): boolean => Object.keys(record).length > 0;
  return JSON.stringify(
    {
      time,
      ...(row.level === 'unknown' ? {} : { level: row.level }),
      ...(row.traceId === null ? {} : { trace_id: row.traceId }),
      labels: row.labels,
      ...(has(row.metadata) ? { metadata: row.metadata } : {}),
      ...(has(row.parsed) ? { parsed: row.parsed } : {}),
      line: object ?? row.line,
    },
    null,
    2,
  );
}

/** The time of a line to the nanosecond, as RFC 3339 writes it. */
export function exactTime(row: LogRow): string {
  return `${new Date(row.ms).toISOString().slice(0, 19)}.${row.timeNs.slice(-9)}Z`;
}

/** Every line as a JSON document. */
export function LogJson({ view, lines, selection, cursor, wanted, onStep, onScrolled, onOpen }: FormProps) {
  const formats = useFormats();
  return (
    <div className="log-form log-json">
      <LineScroller
        lines={lines}
        rowHeight={estimatedHeight}
        measured
        shape=""
        cursor={cursor}
        onStep={onStep}
        onScrolled={onScrolled}
        row={(row, index) => (
          <button
            type="button"
            className="log-line json-line"
            role="option"
            aria-selected={row.id === view.open}
            aria-label={formats.dateTime(row.ms)}
            data-level={row.level}
            data-picked={selection.has(row.id) || undefined}
            onClick={(event) => onOpen(row, index, event)}
          >
            <span className="json-text">
              <LineText text={jsonText(row, exactTime(row))} wanted={wanted} />
            </span>
          </button>
        )}
      />
    </div>
  );
}
