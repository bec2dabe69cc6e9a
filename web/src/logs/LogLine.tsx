import { memo } from 'react';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { fieldsOf, previewOf } from './lineView.ts';
import { markParts } from './refine.ts';
import { type LogRow, levelLetters } from './rows.ts';

const longestShown = 4000;

function Marked({ text, wanted }: { readonly text: string; readonly wanted: readonly string[] }) {
  const parts = markParts(text.slice(0, longestShown), wanted);
  let at = 0;
  return parts.map((part) => {
    const key = at;
    at += part.text.length;
    return part.marked ? <mark key={key}>{part.text}</mark> : part.text;
  });
}

interface Props {
  readonly row: LogRow;
  readonly time: string;
  readonly columns: readonly string[];
  readonly raw: boolean;
  readonly wanted: readonly string[];
  readonly open: boolean;
  readonly onOpen: (row: LogRow) => void;
}

/** One line: time, level, service, chosen columns, message. */
export const LogLine = memo(function LogLine({ row, time, columns, raw, wanted, open, onOpen }: Props) {
  const theme = useTheme();
  const preview = raw ? { message: row.line, rest: '' } : previewOf(row.line, row.labels);
  return (
    <button
      type="button"
      className="log-line"
      role="option"
      aria-selected={open}
      data-level={row.level}
      onClick={() => onOpen(row)}
    >
      <span className="log-time num">{time}</span>
      <span className="log-level">{levelLetters[row.level]}</span>
      <span className="log-service" style={{ color: serviceColor(row.service, theme) }}>
        {row.service}
      </span>
      {columns.map((name) => (
        <span key={name} className="log-column" title={`${name}=${row.labels[name] ?? ''}`}>
          {row.labels[name] ?? columnFromLine(row.line, name)}
        </span>
      ))}
      <span className="log-message">
        <Marked text={preview.message} wanted={wanted} />
        {preview.rest !== '' && (
          <span className="log-rest">
            {' '}
            <Marked text={preview.rest} wanted={wanted} />
          </span>
        )}
      </span>
    </button>
  );
});

/** The value of a field inside a JSON line, without parsing lines that cannot hold it. */
function columnFromLine(line: string, name: string): string {
  const last = name.split('_').at(-1) ?? name;
  if (!line.includes(last)) return '';
  return fieldsOf(line).find(([field]) => field === name)?.[1] ?? '';
}
