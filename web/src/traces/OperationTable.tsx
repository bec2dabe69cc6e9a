import type { TraceOverviewAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { condition, withCondition } from './formQuery.ts';
import type { TracesView } from './useTracesView.ts';

type Operation = TraceOverviewAnswer['operations'][number];

const orders = ['spans', 'errors', 'p95Ms', 'timeShare'] as const;
type Order = (typeof orders)[number];

interface Props {
  readonly operations: readonly Operation[];
  /** All selected spans, of which the shares are. */
  readonly total: number;
  readonly view: TracesView;
}

/** What the selected spans do: shares of number and of time, errors, durations; a click asks for one alone. */
export function OperationTable({ operations, total, view }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const [order, setOrder] = useState<Order>('spans');
  const rows = operations.toSorted((a, b) => b[order] - a[order]);
  const only = ({ service, operation }: Operation): string =>
    withCondition(
      withCondition(view.query, condition('resource.service.name', '=', service)),
      condition('name', '=', operation),
    );
  const head = (name: Order, className: string) => (
    <th className={className} aria-sort={order === name ? 'descending' : 'none'}>
      <button type="button" className="th-button" onClick={() => setOrder(name)}>
        {t(`traces.operationColumn.${name}`)}
        {order === name && ' ↓'}
      </button>
    </th>
  );
  return (
    <div className="scroll-x">
      <table className="table">
        <thead>
          <tr>
            <th>{t('traces.operation')}</th>
            {head('spans', 'duration-cell')}
            {head('errors', 'right')}
            {head('p95Ms', 'right')}
            {head('timeShare', 'duration-cell wide-cell')}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={JSON.stringify([row.service, row.operation])}>
              <td>
                <button type="button" className="text-button" onClick={() => view.ask(only(row))}>
                  <span className="swatch" style={{ background: serviceColor(row.service, theme) }} />
                  <strong>{row.service}</strong>: {row.operation}
                </button>
              </td>
              <ShareCell share={total === 0 ? 0 : row.spans / total} text={formats.integer(row.spans)} />
              <td className={row.errors > 0 ? 'right num tone-error' : 'right num dim'}>
                {row.errors === 0 ? '0' : formats.value(row.errors / Math.max(1, row.spans), 'ratio')}
              </td>
              <td className="right num">{formats.duration(row.p95Ms)}</td>
              <ShareCell share={row.timeShare} className="wide-cell" />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ShareCell({
  share,
  text,
  className = '',
}: {
  readonly share: number;
  readonly text?: string;
  readonly className?: string;
}) {
  const formats = useFormats();
  return (
    <td className={`duration-cell num ${className}`}>
      <span className="duration-bar" style={{ width: `${Math.max(1, share * 100)}%` }} />
      <span>
        {formats.value(share, 'ratio')}
        {text !== undefined && <span className="dim"> · {text}</span>}
      </span>
    </td>
  );
}
