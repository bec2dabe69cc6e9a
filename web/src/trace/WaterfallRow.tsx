import { IconAlertCircle, IconAlertCircleFilled, IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import type { LogRecord } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { levelColors, useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { withoutControls } from '../logs/lineText.ts';
import { previewOf } from '../logs/lineView.ts';
import { levelLetters, levelOf } from '../logs/rows.ts';
import { barOf, type WaterfallRow, type Window } from './waterfall.ts';

const indentPx = 12;
const deepestIndent = 22;
const marksShown = 200;

function indent(depth: number): { readonly paddingLeft: number } {
  return { paddingLeft: 6 + Math.min(depth, deepestIndent) * indentPx };
}

type Bar = NonNullable<ReturnType<typeof barOf>>;

/** Where a bar leaves room for its duration, in percent of the track: behind it, before it, else upon its end. */
function durationPlace(bar: Bar): 'after' | 'before' | 'inside' {
  if (bar.left + bar.width <= 82) return 'after';
  return bar.left >= 18 ? 'before' : 'inside';
}

function durationStyle(bar: Bar): { readonly left: string } | { readonly right: string } {
  const place = durationPlace(bar);
  if (place === 'after') return { left: `${bar.left + bar.width}%` };
  return { right: `${place === 'before' ? 100 - bar.left : 100 - bar.left - bar.width}%` };
}

interface SpanRowProps {
  readonly row: Extract<WaterfallRow, { readonly kind: 'span' }>;
  readonly window: Window;
  readonly critical: boolean;
  readonly selected: boolean;
  readonly logs: readonly LogRecord[];
  readonly startNs: bigint;
  readonly onSelect: () => void;
  readonly onToggle: () => void;
}

/** A span: its place in the tree at the left, its bar with log marks at the right. */
export function SpanRow({ row, window, critical, selected, logs, startNs, onSelect, onToggle }: SpanRowProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const { span: one } = row;
  const color = serviceColor(one.span.service, theme);
  const bar = barOf(one.startMs, one.durationMs, window);
  return (
    <div
      className="span-row"
      role="treeitem"
      tabIndex={-1}
      aria-level={one.depth + 1}
      aria-selected={selected}
      aria-expanded={one.below > 0 ? !row.collapsed : undefined}
      data-selected={selected || undefined}
      data-dimmed={row.dimmed || undefined}
    >
      <div className="span-label" style={indent(one.depth)}>
        {one.below > 0 ? (
          <button
            type="button"
            className="span-toggle"
            aria-label={row.collapsed ? t('trace.expand') : t('trace.collapse')}
            onClick={onToggle}
          >
            {row.collapsed ? <IconChevronRight size={13} aria-hidden /> : <IconChevronDown size={13} aria-hidden />}
          </button>
        ) : (
          <span className="span-toggle" />
        )}
        <button type="button" className="span-name" onClick={onSelect}>
          <span className="span-service" style={{ background: color }} />
          {one.ownError && (
            <IconAlertCircleFilled size={13} className="tone-error" role="img" aria-label={t('trace.ownError')} />
          )}
          {!one.ownError && one.errorBelow && row.collapsed && (
            <IconAlertCircle size={13} className="tone-error" role="img" aria-label={t('trace.childError')} />
          )}
          <span className="span-title">
            <strong>{one.span.service}</strong> {one.span.operation}
          </span>
          {row.collapsed && <span className="dim num">+{one.below}</span>}
        </button>
      </div>
      <button type="button" className="span-track" tabIndex={-1} onClick={onSelect} aria-hidden>
        {bar !== null && (
          <>
            <span
              className="span-bar"
              data-critical={critical || undefined}
              data-error={one.ownError || undefined}
              style={{ left: `${bar.left}%`, width: `${bar.width}%`, background: color }}
            />
            <span
              className="span-duration num"
              data-inside={durationPlace(bar) === 'inside' || undefined}
              style={durationStyle(bar)}
            >
              {formats.duration(one.durationMs)}
            </span>
          </>
        )}
        {logs.slice(0, marksShown).map((log) => {
          const mark = barOf(Number(BigInt(log.timeNs) - startNs) / 1e6, 0, window);
          return mark === null ? null : (
            <span
              key={log.timeNs + log.body}
              className="log-mark"
              style={{ left: `${mark.left}%`, background: levelColors[theme][levelOf(log.level)] }}
            />
          );
        })}
      </button>
    </div>
  );
}

interface LogMarkRowProps {
  readonly row: Extract<WaterfallRow, { readonly kind: 'log' }>;
  readonly window: Window;
  readonly onSelect: () => void;
}

/** A log line of the trace under its span, at its moment. */
export function LogMarkRow({ row, window, onSelect }: LogMarkRowProps) {
  const theme = useTheme();
  const level = levelOf(row.log.level);
  const mark = barOf(row.atMs, 0, window);
  const preview = previewOf(withoutControls(row.log.body));
  return (
    <button type="button" className="span-row log-row" onClick={onSelect} title={row.log.body.slice(0, 1000)}>
      <span className="span-label" style={indent(row.depth)}>
        <span className="span-toggle" />
        <span className="log-row-level" style={{ color: levelColors[theme][level] }}>
          {levelLetters[level]}
        </span>
        <span className="span-title mono">{preview.message === '' ? preview.rest : preview.message}</span>
      </span>
      <span className="span-track">
        {mark !== null && (
          <span className="log-dot" style={{ left: `${mark.left}%`, background: levelColors[theme][level] }} />
        )}
      </span>
    </button>
  );
}
