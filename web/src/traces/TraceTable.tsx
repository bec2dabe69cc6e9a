import { IconAlertCircleFilled, IconCopy } from '@tabler/icons-react';
import type { TraceSummary } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { rowClick } from '../url/rowClick.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { DurationCell } from './DurationCell.tsx';
import type { TraceOrder } from './searchForm.ts';

const pillsShown = 4;

interface RowProps {
  readonly trace: TraceSummary;
  readonly columns: readonly string[];
  readonly longestMs: number;
  readonly marked: boolean;
}

function Row({ trace, columns, longestMs, marked }: RowProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const copy = useCopy();
  const path = `/trace/${trace.traceId}`;
  return (
    <tr className="row-link" data-marked={marked || undefined} onClick={rowClick(path)}>
      <td>
        <ScreenLink to={path}>
          <strong>{trace.rootService}</strong>: {trace.rootOperation}
        </ScreenLink>
        {!trace.rootArrived && <span className="dim"> · {t('traces.rootMissing')}</span>}
        {trace.errors > 0 && (
          <span className="tone-error with-icon trace-errors">
            <IconAlertCircleFilled size={13} aria-hidden />
            {t('traces.errorCount', { count: trace.errors })}
          </span>
        )}
      </td>
      <DurationCell ms={trace.durationMs} longestMs={longestMs} failed={trace.errors > 0} />
      <td className="right num">
        {formats.integer(trace.spans)}
        {trace.matched < trace.spans && (
          <span
            className="dim"
            title={t('traces.matched', { count: trace.matched, text: formats.integer(trace.matched) })}
          >
            {' '}
            ({formats.integer(trace.matched)})
          </span>
        )}
      </td>
      {columns.map((column, at) => {
        const value = trace.found.map(({ values }) => values[at] ?? '').find((text) => text !== '') ?? '';
        return (
          <td key={column} className="field-cell" title={value}>
            {value}
          </td>
        );
      })}
      <td className="wide-cell">
        <span className="pills">
          {trace.services.slice(0, pillsShown).map((service) => (
            <span key={service.name} className="chip" data-error={service.errors > 0 || undefined}>
              <span className="swatch" style={{ background: serviceColor(service.name, theme) }} />
              {service.name} <span className="dim num">{service.spans}</span>
            </span>
          ))}
          {trace.services.length > pillsShown && <span className="dim">+{trace.services.length - pillsShown}</span>}
        </span>
      </td>
      <td className="num dim nowrap">
        <span className="wide-only">{formats.dateTime(trace.startMs)}</span>
        <span className="narrow-only">{formats.clock(trace.startMs).slice(0, 8)}</span>
      </td>
      <td className="wide-cell">
        <span className="with-icon">
          <code className="dim">{trace.traceId.slice(0, 8)}</code>
          <IconButton size={20} label={t('trace.copyId')} onClick={() => copy(trace.traceId, t('actions.copied'))}>
            <IconCopy size={12} aria-hidden />
          </IconButton>
        </span>
      </td>
    </tr>
  );
}

interface Props {
  readonly traces: readonly TraceSummary[];
  /** Fields of the matching spans shown beside what every trace has. */
  readonly columns: readonly string[];
  readonly order: TraceOrder;
  /** The row the keys are at. */
  readonly cursor: number;
  readonly onOrder: (order: TraceOrder) => void;
}

/** The found traces as rows. */
export function TraceTable({ traces, columns, order, cursor, onOrder }: Props) {
  const { t } = useTranslation();
  const longestMs = traces.reduce((most, { durationMs }) => Math.max(most, durationMs), 0.001);
  const head = (name: TraceOrder, text: string, className = '') => (
    <th className={className} aria-sort={order === name ? 'descending' : 'none'}>
      <button type="button" className="th-button" onClick={() => onOrder(name)}>
        {text}
        {order === name && ' ↓'}
      </button>
    </th>
  );
  return (
    <div className="scroll-x">
      <table className="table">
        <thead>
          <tr>
            {head('errors', t('traces.trace'))}
            {head('longest', t('traces.duration'), 'duration-cell')}
            {head('spans', t('traces.spans'), 'right')}
            {columns.map((column) => (
              <th key={column}>
                <code>{column}</code>
              </th>
            ))}
            <th className="wide-cell">{t('traces.services')}</th>
            {head('newest', t('traces.start'))}
            <th className="wide-cell">id</th>
          </tr>
        </thead>
        <tbody>
          {traces.map((trace, at) => (
            <Row key={trace.traceId} trace={trace} columns={columns} longestMs={longestMs} marked={at === cursor} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
