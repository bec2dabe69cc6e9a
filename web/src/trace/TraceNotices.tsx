import { IconClockExclamation, IconUnlink } from '@tabler/icons-react';
import type { AnswerNotes } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { PartialNote } from '../states/States.tsx';
import { idOf, type SpanTable } from './spanTable.ts';
import type { TraceParts } from './useTraceParts.ts';
import type { TraceView } from './useTraceView.ts';

interface Props {
  readonly table: SpanTable;
  readonly notes: AnswerNotes;
  readonly skewed: number;
  readonly view: TraceView;
  readonly parts: TraceParts;
}

/** What one must know before believing the picture: what is left out, missing parents, clocks that differ. */
export function TraceNotices({ table, notes, skewed, view, parts }: Props) {
  const { t } = useTranslation();
  const orphan = table.parentMissing.indexOf(1);
  return (
    <>
      {notes.partial && <PartialNote warnings={notes.warnings} />}
      {parts.logsFailure !== null && (
        <PartialNote warnings={[t('trace.logsFailed', { reason: parts.logsFailure.message })]} />
      )}
      {parts.logsMore && <PartialNote warnings={[t('trace.logsMore')]} />}
      {orphan >= 0 && (
        <div className="note tone-warning" role="status">
          <IconUnlink size={14} aria-hidden />
          <span>{t('trace.missing', { count: table.missingParents })}</span>
          <button type="button" className="text-button" onClick={() => view.set({ span: idOf(table, orphan) })}>
            {t('trace.showFirst')}
          </button>
        </div>
      )}
      {skewed > 0 && (
        <div className="note tone-warning" role="status">
          <IconClockExclamation size={14} aria-hidden />
          <span>{view.adjusted ? t('trace.skewAdjusted') : t('trace.skew', { count: skewed })}</span>
          <button
            type="button"
            className="text-button"
            onClick={() => view.set({ clocks: view.adjusted ? null : 'adjusted' })}
          >
            {view.adjusted ? t('trace.skewRaw') : t('trace.skewAdjust')}
          </button>
        </div>
      )}
    </>
  );
}
