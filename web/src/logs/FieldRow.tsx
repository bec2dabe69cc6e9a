import {
  IconColumns,
  IconHash,
  IconLetterT,
  IconMinus,
  IconPinFilled,
  IconPinnedOff,
  IconPlus,
  IconToggleLeft,
} from '@tabler/icons-react';
import type { LogField } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { fetchLogValues } from '../data/logs.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { recentFields } from './kept.ts';
import { addCondition } from './refine.ts';

const typeIcons = { string: IconLetterT, number: IconHash, boolean: IconToggleLeft };
const firstValues = 10;
const moreValues = 100;

export interface FieldsProps {
  readonly query: string;
  readonly shown: readonly string[];
  readonly onColumn: (name: string) => void;
  readonly onRefine: (query: string) => void;
}

interface Props extends FieldsProps {
  readonly field: LogField;
  readonly pinned: boolean;
  readonly onPin: () => void;
}

/** A field: its type, how many lines carry it, and opened its values. */
export function FieldRow({ field, pinned, onPin, query, shown, onColumn, onRefine }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [open, setOpen] = useState(false);
  const Icon = typeIcons[field.type];
  const isColumn = shown.includes(field.name);
  return (
    <div className="field">
      <div className="field-head">
        <button
          type="button"
          className="field-name"
          aria-expanded={open}
          title={t('logs.coverage', { share: formats.value(field.coverage, 'ratio') })}
          onClick={() => {
            if (!open) recentFields.note(field.name);
            setOpen(!open);
          }}
        >
          <Icon size={13} className="dim" aria-label={t(`logs.type.${field.type}`)} role="img" />
          <span>{field.name}</span>
          <span className="dim num">{formats.value(field.coverage, 'ratio')}</span>
        </button>
        <span className="field-tools">
          <IconButton size={22} label={pinned ? t('logs.unpin') : t('logs.pin')} active={pinned} onClick={onPin}>
            {pinned ? <IconPinnedOff size={13} aria-hidden /> : <IconPinFilled size={13} aria-hidden />}
          </IconButton>
          <IconButton
            size={22}
            label={isColumn ? t('logs.removeColumn') : t('logs.addColumn')}
            active={isColumn}
            onClick={() => onColumn(field.name)}
          >
            <IconColumns size={13} aria-hidden />
          </IconButton>
        </span>
      </div>
      {open && <FieldValues field={field} query={query} onRefine={onRefine} />}
    </div>
  );
}

/** The values of a field with their share, counted over the whole range where the store can. */
function FieldValues({ field, query, onRefine }: Pick<Props, 'field' | 'query' | 'onRefine'>) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const [limit, setLimit] = useState(firstValues);
  const answer = useAnswer({
    subject: ['log-values', query, field.name, field.parser],
    at: [range.fromMs, range.toMs, limit],
    ask: (signal) => fetchLogValues({ query, field: field.name, parser: field.parser, limit }, range, signal),
  });
  const filter = (value: string, negated: boolean): void =>
    onRefine(
      addCondition(query, { field: field.name, origin: field.origin, value, negated }, field.parser || undefined),
    );
  return (
    <div className="field-values">
      <Answered answer={answer} height={60}>
        {(data) => (
          <>
            <div className="dim num">
              {data.exact
                ? t('logs.countedAll', { share: formats.value(data.carrying / Math.max(1, data.counted), 'ratio') })
                : t('logs.countedSome', { lines: formats.integer(data.counted) })}{' '}
              · {t('logs.distinct', { count: data.distinct })}
            </div>
            {data.values.map((one) => (
              <div key={one.value} className="field-value">
                <span
                  className="field-bar"
                  style={{ width: `${(one.count / Math.max(1, data.values[0]?.count ?? 1)) * 100}%` }}
                />
                <span className="field-text" title={one.value}>
                  {one.value}
                </span>
                <span className="dim num">{formats.integer(one.count)}</span>
                <IconButton
                  size={20}
                  label={t('logs.include', { field: field.name, value: one.value })}
                  onClick={() => filter(one.value, false)}
                >
                  <IconPlus size={12} aria-hidden />
                </IconButton>
                <IconButton
                  size={20}
                  label={t('logs.exclude', { field: field.name, value: one.value })}
                  onClick={() => filter(one.value, true)}
                >
                  <IconMinus size={12} aria-hidden />
                </IconButton>
              </div>
            ))}
            {limit === firstValues && data.distinct > data.values.length && (
              <button type="button" className="text-button" onClick={() => setLimit(moreValues)}>
                {t('logs.moreValues', { count: Math.min(moreValues, data.distinct) })}
              </button>
            )}
          </>
        )}
      </Answered>
    </div>
  );
}
