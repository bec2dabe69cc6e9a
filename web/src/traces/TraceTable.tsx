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

const pillsShown = 5;

function Row({ trace, longestMs }: { readonly trace: TraceSummary; readonly longestMs: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const copy = useCopy();
  const path = `/trace/${trace.traceId}`;
  return (
    <tr className="row-link" onClick={rowClick(path)}>
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
      <td className="duration-cell num">
        <span
          className="duration-bar"
          style={{ width: `${Math.max(1, (trace.durationMs / longestMs) * 100)}%` }}
          data-error={trace.errors > 0 || undefined}
        />
        <span>{formats.duration(trace.durationMs)}</span>
      </td>
      <td className="right num">{formats.integer(trace.spans)}</td>
      <td className="wide-cell">
        <span className="pills">
          {trace.services.slice(0, pillsShown).map((service) => (
            <span key={service.name} className="chip">
              <span className="swatch" style={{ background: serviceColor(service.name, theme) }} />
              {service.name} <span className="dim num">{service.spans}</span>
            </span>
          ))}
          {trace.services.length > pillsShown && <span className="dim">+{trace.services.length - pillsShown}</span>}
        </span>
      </td>
      <td className="num dim nowrap">{formats.dateTime(trace.startMs)}</td>
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

/** The found traces as rows. */
export function TraceTable({ traces }: { readonly traces: readonly TraceSummary[] }) {
  const { t } = useTranslation();
  const longestMs = Math.max(...traces.map((trace) => trace.durationMs), 0.001);
  return (
    <div className="scroll-x">
      <table className="table">
        <thead>
          <tr>
            <th>{t('traces.trace')}</th>
            <th className="duration-cell">{t('traces.duration')}</th>
            <th className="right">{t('traces.spans')}</th>
            <th className="wide-cell">{t('traces.services')}</th>
            <th>{t('traces.start')}</th>
            <th className="wide-cell">id</th>
          </tr>
        </thead>
        <tbody>
          {traces.map((trace) => (
            <Row key={trace.traceId} trace={trace} longestMs={longestMs} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
