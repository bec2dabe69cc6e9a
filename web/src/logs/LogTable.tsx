import { IconArrowAutofitWidth, IconTextWrap, IconX } from '@tabler/icons-react';
import { type PointerEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { useTime } from '../time/TimeContext.tsx';
import { type Column, changed, moved, narrowest, toggled, writeColumns } from './columns.ts';
import type { FormProps } from './formProps.ts';
import { LineScroller } from './LineScroller.tsx';
import { LineText } from './LineText.tsx';
import { lineTime, Message } from './LogLine.tsx';
import { isDated } from './LogList.tsx';
import { fieldOf, type LogRow } from './rows.ts';

const timeWidth = 108;
const dateWidth = 60;
const ownWidths: Readonly<Record<string, number>> = { level: 74, service: 150, message: 640 };
const fieldWidth = 150;

function widthOf(column: Column): number {
  return column.width ?? ownWidths[column.name] ?? fieldWidth;
}

/** Lines as a table: columns can be dragged to another place or width, wrapped and hidden; the header stays in sight. */
export function LogTable({ view, lines, selection, cursor, wanted, onStep, onScrolled, onOpen }: FormProps) {
  const formats = useFormats();
  const { range } = useTime();
  // While an edge is dragged the width is not the address's yet.
  const [dragged, setDragged] = useState<{ readonly name: string; readonly width: number } | null>(null);
  const columns = dragged === null ? view.columns : changed(view.columns, dragged.name, { width: dragged.width });
  const dated = isDated(range);
  const first = timeWidth + (dated ? dateWidth : 0);
  const last = columns.at(-1);
  const template = `${first}px ${columns
    .map((column) =>
      column === last && column.width === null ? `minmax(${widthOf(column)}px, 1fr)` : `${widthOf(column)}px`,
    )
    .join(' ')}`;
  const width = columns.reduce((sum, column) => sum + widthOf(column), first);
  const wraps = columns.some((column) => column.wrap) || view.wrap;
  const setColumns = (next: readonly Column[]): void => view.set({ cols: writeColumns(next) }, { replace: true });
  const style = { gridTemplateColumns: template, minWidth: width };
  return (
    <div className="log-form log-table" data-dense={view.dense || undefined}>
      <LineScroller
        lines={lines}
        rowHeight={view.dense ? 20 : 26}
        measured={wraps}
        shape={`${wraps} ${view.raw} ${view.dense} ${template}`}
        cursor={cursor}
        onStep={onStep}
        onScrolled={onScrolled}
        width={width}
        header={
          <TableHead
            columns={columns}
            style={style}
            onColumns={setColumns}
            onDrag={(name, at) => setDragged({ name, width: at })}
            onDragged={(name, at) => {
              setDragged(null);
              setColumns(changed(view.columns, name, { width: at }));
            }}
          />
        }
        row={(row, index) => (
          <button
            type="button"
            className="log-line table-line"
            role="option"
            aria-selected={row.id === view.open}
            data-level={row.level}
            data-picked={selection.has(row.id) || undefined}
            style={style}
            onClick={(event) => onOpen(row, index, event)}
          >
            <span className="log-time num">{lineTime(row.ms, dated, formats)}</span>
            {columns.map((column) => (
              <span key={column.name} className="table-cell" data-wrap={column.wrap || view.wrap || undefined}>
                <Cell row={row} name={column.name} raw={view.raw} whole={column.wrap || view.wrap} wanted={wanted} />
              </span>
            ))}
          </button>
        )}
      />
    </div>
  );
}

interface CellProps {
  readonly row: LogRow;
  readonly name: string;
  readonly raw: boolean;
  readonly whole: boolean;
  readonly wanted: readonly string[];
}

function Cell({ row, name, raw, whole, wanted }: CellProps) {
  const { t } = useTranslation();
  const theme = useTheme();
  if (name === 'message') return <Message row={row} raw={raw} wanted={wanted} whole={whole} />;
  if (name === 'level') return <span className="log-level">{t(`logs.level.${row.level}`)}</span>;
  if (name === 'service') return <span style={{ color: serviceColor(row.service, theme) }}>{row.service}</span>;
  const value = fieldOf(row, name);
  return value === '' ? <span className="dim">·</span> : <LineText text={value} wanted={wanted} />;
}

interface HeadProps {
  readonly columns: readonly Column[];
  readonly style: { readonly gridTemplateColumns: string; readonly minWidth: number };
  readonly onColumns: (columns: readonly Column[]) => void;
  readonly onDrag: (name: string, width: number) => void;
  readonly onDragged: (name: string, width: number) => void;
}

function TableHead({ columns, style, onColumns, onDrag, onDragged }: HeadProps) {
  const { t } = useTranslation();
  const [carried, setCarried] = useState<string | null>(null);
  const titles: Readonly<Record<string, string>> = {
    level: t('logs.levelTitle'),
    service: t('logs.service'),
    message: t('logs.message'),
  };
  const resize = (event: PointerEvent<HTMLElement>, column: Column): void => {
    event.preventDefault();
    const edge = event.currentTarget;
    const from = event.clientX;
    const start = edge.parentElement?.getBoundingClientRect().width ?? widthOf(column);
    const at = (x: number): number => Math.max(narrowest, Math.round(start + x - from));
    edge.setPointerCapture(event.pointerId);
    edge.onpointermove = (move) => onDrag(column.name, at(move.clientX));
    edge.onpointerup = (up) => {
      edge.onpointermove = null;
      edge.onpointerup = null;
      onDragged(column.name, at(up.clientX));
    };
  };
  const step = (column: Column, by: number): void =>
    onColumns(changed(columns, column.name, { width: Math.max(narrowest, widthOf(column) + by) }));
  const shift = (column: Column, by: number): void => {
    const to = columns[columns.indexOf(column) + by];
    if (to !== undefined) onColumns(moved(columns, column.name, to.name));
  };
  return (
    <div className="table-head" style={style}>
      <span className="table-title">{t('logs.time')}</span>
      {columns.map((column) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: dragging is the mouse's way, the arrow keys on the title are the keyboard's.
        <span
          key={column.name}
          className="table-title"
          data-carried={carried === column.name || undefined}
          draggable
          onDragStart={(event) => {
            event.dataTransfer.effectAllowed = 'move';
            event.dataTransfer.setData('text/plain', column.name);
            setCarried(column.name);
          }}
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => {
            event.preventDefault();
            if (carried !== null) onColumns(moved(columns, carried, column.name));
          }}
          onDragEnd={() => setCarried(null)}
        >
          <button
            type="button"
            className="table-name"
            title={t('logs.columnHint')}
            onKeyDown={(event) => {
              const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
              if (by === 0) return;
              event.preventDefault();
              if (event.shiftKey) step(column, by * 20);
              else shift(column, by);
            }}
          >
            {titles[column.name] ?? column.name}
          </button>
          <span className="table-tools">
            <IconButton
              size={18}
              label={t('logs.wrapColumn')}
              active={column.wrap}
              onClick={() => onColumns(changed(columns, column.name, { wrap: !column.wrap }))}
            >
              <IconTextWrap size={12} aria-hidden />
            </IconButton>
            {column.width !== null && (
              <IconButton
                size={18}
                label={t('logs.ownWidth')}
                onClick={() => onColumns(changed(columns, column.name, { width: null }))}
              >
                <IconArrowAutofitWidth size={12} aria-hidden />
              </IconButton>
            )}
            <IconButton
              size={18}
              label={t('logs.removeColumn')}
              onClick={() => onColumns(toggled(columns, column.name))}
            >
              <IconX size={12} aria-hidden />
            </IconButton>
          </span>
          <span className="table-edge" aria-hidden onPointerDown={(event) => resize(event, column)} />
        </span>
      ))}
    </div>
  );
}
