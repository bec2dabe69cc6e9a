import { IconAlertCircleFilled } from '@tabler/icons-react';
import type { TraceSummary } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { rowClick } from '../url/rowClick.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { DurationCell } from './DurationCell.tsx';
import { sortSpans } from './searchForm.ts';
import type { TracesView } from './useTracesView.ts';

/** The matching spans of the found traces, each a row. */
export function SpanTable({ traces, view }: { readonly traces: readonly TraceSummary[]; readonly view: TracesView }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const rows = sortSpans(traces, view.order);
  const longestMs = rows.reduce((most, { span }) => Math.max(most, span.durationMs), 0.001);
  const left = traces.reduce((sum, trace) => sum + trace.matched - trace.found.length, 0);
  return (
    <>
      <div className="scroll-x">
        <table className="table">
          <thead>
            <tr>
              <th>{t('traces.span')}</th>
              <th className="duration-cell">{t('traces.duration')}</th>
              <th className="wide-cell">{t('traces.kind')}</th>
              {view.columns.map((column) => (
                <th key={column}>
                  <code>{column}</code>
                </th>
              ))}
              <th>{t('traces.start')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ trace, span }) => {
              const path = `/trace/${trace.traceId}`;
              return (
                <tr
                  key={trace.traceId + span.spanId}
                  className="row-link"
                  onClick={rowClick(path, { span: span.spanId })}
                >
                  <td>
                    <ScreenLink to={path} with={{ span: span.spanId }}>
                      <span className="swatch" style={{ background: serviceColor(span.service, theme) }} />
                      <strong>{span.service}</strong>: {span.operation}
                    </ScreenLink>
                    {span.status === 'error' && (
                      <IconAlertCircleFilled
                        size={13}
                        className="tone-error span-failed"
                        aria-label={t('traces.withError')}
                      />
                    )}
                  </td>
                  <DurationCell ms={span.durationMs} longestMs={longestMs} failed={span.status === 'error'} />
                  <td className="wide-cell dim">{span.kind}</td>
                  {view.columns.map((column, at) => (
                    <td key={column} className="field-cell" title={span.values[at]}>
                      {span.values[at]}
                    </td>
                  ))}
                  <td className="num dim nowrap">{formats.clock(span.startMs)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {left > 0 && (
        <p className="dim list-foot num">{t('traces.moreSpans', { count: left, text: formats.integer(left) })}</p>
      )}
    </>
  );
}
