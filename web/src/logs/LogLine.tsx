import { type MouseEvent, memo } from 'react';
import { useTranslation } from 'react-i18next';
import { serviceColor, type Theme } from '../chart/palette.ts';
import type { Formats } from '../i18n/makeFormats.ts';
import { builtIn, type Column } from './columns.ts';
import { LineText } from './LineText.tsx';
import { previewOf } from './lineView.ts';
import { fieldOf, type LogRow, levelLetters } from './rows.ts';

export interface LineProps {
  readonly row: LogRow;
  /** Its number in the list. */
  readonly index: number;
  readonly formats: Formats;
  /** Shows the day before the clock. */
  readonly dated: boolean;
  readonly theme: Theme;
  readonly columns: readonly Column[];
  readonly raw: boolean;
  /** Shows every line of a text. */
  readonly whole: boolean;
  readonly wanted: readonly string[];
  readonly open: boolean;
  readonly picked: boolean;
  /** With the mouse's modifiers: shift extends the selection, ctrl adds to it. */
  readonly onOpen: (row: LogRow, index: number, event: MouseEvent) => void;
}

/** One line: time, level, service, chosen columns, message. */
export const LogLine = memo(function LogLine({
  row,
  index,
  formats,
  dated,
  theme,
  columns,
  raw,
  whole,
  wanted,
  open,
  picked,
  onOpen,
}: LineProps) {
  return (
    <button
      type="button"
      className="log-line"
      role="option"
      aria-selected={open}
      data-level={row.level}
      data-picked={picked || undefined}
      onClick={(event) => onOpen(row, index, event)}
    >
      <span className="log-time num">{lineTime(row.ms, dated, formats)}</span>
      <span className="log-level">{levelLetters[row.level]}</span>
      <span className="log-service" style={{ color: serviceColor(row.service, theme) }}>
        {row.service}
      </span>
      {columns
        .filter((column) => !builtIn.some((name) => name === column.name))
        .map(({ name, width }) => (
          <span
            key={name}
            className="log-column"
            title={`${name}=${fieldOf(row, name)}`}
            style={width === null ? undefined : { width }}
          >
            {fieldOf(row, name)}
          </span>
        ))}
      <Message row={row} raw={raw} wanted={wanted} whole={whole} />
    </button>
  );
});

/** The line's message, then its other fields; of several lines the first and how many follow, or with `whole` all but repeated frames. */
export function Message({ row, raw, wanted, whole }: Pick<LineProps, 'row' | 'raw' | 'wanted' | 'whole'>) {
  const preview = raw ? { message: row.line, rest: '', folded: 0 } : previewOf(row.line, row.metadata, whole);
  return (
    <span className="log-message">
      <LineText text={preview.message} wanted={wanted} />
      {preview.folded > 0 && <Folded lines={preview.folded} />}
      {preview.rest !== '' && (
        <span className="log-rest">
          {' '}
          <LineText text={preview.rest} wanted={wanted} />
        </span>
      )}
    </span>
  );
}

function Folded({ lines }: { readonly lines: number }) {
  const { t } = useTranslation();
  return (
    <span className="folded" title={t('logs.foldedLines', { count: lines })}>
      +{lines}
    </span>
  );
}

/** The time of a line: the clock, and where the range is of several days the day before it. */
export function lineTime(ms: number, dated: boolean, formats: Formats): string {
  return dated ? `${formats.short(ms).split(',')[0] ?? ''} ${formats.clock(ms)}` : formats.clock(ms);
}
