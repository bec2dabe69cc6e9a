import { IconStack2 } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Fold } from './folds.ts';
import type { RowLook } from './rowLook.ts';
import { durationPlace, durationRoom, durationStyle, indent } from './rowStyle.ts';
import { operationOf, type SpanTable, serviceOf } from './spanTable.ts';
import { barOf, type TimeWindow } from './timeWindow.ts';

interface Props {
  readonly look: RowLook;
  readonly table: SpanTable;
  readonly fold: Fold;
  readonly window: TimeWindow;
  readonly open: boolean;
  readonly onToggle: (fold: number) => void;
}

/** Siblings that do the same as one row: how many, how long together, and where they lie. */
export const FoldRow = memo(function FoldRow({ look, table, fold, window, open, onToggle }: Props) {
  const { t } = useTranslation();
  const { formats } = look;
  const bar = barOf(fold.fromNs, fold.toNs - fold.fromNs, window);
  const color = look.colors[table.service[fold.first] ?? 0] ?? '';
  return (
    <button
      type="button"
      className="span-row fold-row"
      aria-expanded={open}
      onClick={() => onToggle(fold.place)}
      title={t('trace.foldHint')}
    >
      <span className="span-label" style={indent(table.depth[fold.first] ?? 0)}>
        <span className="span-toggle" data-closed={!open || undefined} />
        <span className="span-name">
          <span className="span-service" style={{ background: color }} />
          <IconStack2 size={13} className="dim" aria-hidden />
          {fold.failures > 0 && (
            <span
              className="error-mark"
              data-below
              role="img"
              aria-label={t('traces.errorCount', { count: fold.failures })}
            />
          )}
          <span className="span-title">
            <strong>{serviceOf(table, fold.first)}</strong> {operationOf(table, fold.first)}
          </span>
          <span className="fold-count num">×{formats.integer(fold.spans)}</span>
        </span>
      </span>
      <span className="span-track">
        {bar !== null && (
          <>
            <span className="span-bar" data-fold style={{ left: `${bar.left}%`, width: `${bar.width}%`, color }} />
            <span
              className="span-duration num"
              data-inside={durationPlace(bar, durationRoom.long) === 'inside' || undefined}
              style={durationStyle(bar, durationRoom.long)}
            >
              {t('trace.foldTotal', { duration: formats.duration(fold.totalNs / 1e6) })}
            </span>
          </>
        )}
      </span>
    </button>
  );
});
