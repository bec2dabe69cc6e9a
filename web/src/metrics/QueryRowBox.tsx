import { IconCopy, IconEye, IconEyeOff, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { LazyEditor } from '../editor/LazyEditor.tsx';
import { useTime } from '../time/TimeContext.tsx';
import type { QueryRow } from './queryRows.ts';
import { RowOptions } from './RowOptions.tsx';
import type { Remark } from './remarks.ts';

interface Props {
  readonly row: QueryRow;
  /** It is the only one: it cannot be left out. */
  readonly alone: boolean;
  readonly remarks: readonly Remark[];
  readonly onType: (text: string) => void;
  readonly onRun: (text: string) => void;
  readonly onChange: (change: Partial<Omit<QueryRow, 'letter'>>) => void;
  readonly onCopy: () => void;
  readonly onRemove: () => void;
}

/** One query: its letter, its text, what is done with it. */
export function QueryRowBox({ row, alone, remarks, onType, onRun, onChange, onCopy, onRemove }: Props) {
  const { t } = useTranslation();
  const { range } = useTime();
  const { letter } = row;
  const name = row.formula ? t('metrics.formula', { letter }) : t('metrics.query', { letter });
  return (
    <section className="query-row" aria-label={name} data-off={!row.on || undefined}>
      <span className="query-letter" data-formula={row.formula || undefined} aria-hidden="true">
        {letter}
      </span>
      <LazyEditor
        language="promql"
        value={row.text}
        label={alone ? 'PromQL' : name}
        placeholder={row.formula ? t('metrics.formulaPlaceholder') : t('metrics.placeholder')}
        range={range}
        remarks={remarks}
        onChange={onType}
        onRun={onRun}
      />
      <div className="query-tools">
        {!alone && (
          <IconButton
            label={row.on ? t('metrics.leaveOut', { letter }) : t('metrics.askAgain', { letter })}
            active={!row.on}
            onClick={() => onChange({ on: !row.on })}
          >
            {row.on ? <IconEye size={16} aria-hidden /> : <IconEyeOff size={16} aria-hidden />}
          </IconButton>
        )}
        <RowOptions row={row} onChange={onChange} />
        <IconButton label={t('metrics.duplicate', { letter })} onClick={onCopy}>
          <IconCopy size={15} aria-hidden />
        </IconButton>
        {!alone && (
          <IconButton label={t('metrics.remove', { letter })} onClick={onRemove}>
            <IconTrash size={15} aria-hidden />
          </IconButton>
        )}
      </div>
    </section>
  );
}
