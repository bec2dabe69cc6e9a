import { TextInput } from '@mantine/core';
import {
  IconColumns,
  IconHash,
  IconLetterT,
  IconMinus,
  IconPlus,
  IconSearch,
  IconToggleLeft,
} from '@tabler/icons-react';
import type { LogField } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { fetchLogFields } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { addCondition } from './refine.ts';

const typeIcons = { string: IconLetterT, number: IconHash, boolean: IconToggleLeft };
const origins = ['label', 'metadata', 'parsed'] as const;

interface Props {
  readonly query: string;
  readonly columns: readonly string[];
  readonly onColumns: (columns: readonly string[]) => void;
  readonly onRefine: (query: string) => void;
}

/** What the matching lines carry: fields by origin, their top values, and buttons to filter by them. */
export function FieldSidebar({ query, columns, onColumns, onRefine }: Props) {
  const { t } = useTranslation();
  const { range } = useTime();
  const [search, setSearch] = useState('');
  const answer = useAnswer({
    subject: ['log-fields', query],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchLogFields(query, range, signal),
  });
  return (
    <aside className="side-list fields" aria-label={t('logs.fields')}>
      <TextInput
        size="xs"
        leftSection={<IconSearch size={13} aria-hidden />}
        placeholder={t('logs.searchFields')}
        aria-label={t('logs.searchFields')}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <div className="side-scroll">
        <Answered answer={answer} height={160}>
          {(data) => {
            const found = data.fields.filter((field) => field.name.toLowerCase().includes(search.trim().toLowerCase()));
            return (
              <>
                <div className="side-count dim num">{t('logs.sampled', { count: data.sampled })}</div>
                {origins.map((origin) => {
                  const own = found.filter((field) => field.origin === origin);
                  if (own.length === 0) return null;
                  return (
                    <section key={origin}>
                      <h3 className="field-group">{t(`logs.origin.${origin}`)}</h3>
                      {own.map((field) => (
                        <Field
                          key={field.name}
                          field={field}
                          query={query}
                          columns={columns}
                          onColumns={onColumns}
                          onRefine={onRefine}
                        />
                      ))}
                    </section>
                  );
                })}
              </>
            );
          }}
        </Answered>
      </div>
    </aside>
  );
}

function Field({ field, query, columns, onColumns, onRefine }: Props & { readonly field: LogField }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [open, setOpen] = useState(false);
  const Icon = typeIcons[field.type];
  const isColumn = columns.includes(field.name);
  const counted = Math.max(1, ...field.top.map((one) => one.count));
  return (
    <div className="field">
      <div className="field-head">
        <button type="button" className="field-name" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon size={13} className="dim" aria-label={field.type} role="img" />
          <span>{field.name}</span>
          <span className="dim num">{formats.integer(field.distinct)}</span>
        </button>
        <IconButton
          size={22}
          label={isColumn ? t('logs.removeColumn') : t('logs.addColumn')}
          active={isColumn}
          onClick={() => onColumns(isColumn ? columns.filter((name) => name !== field.name) : [...columns, field.name])}
        >
          <IconColumns size={13} aria-hidden />
        </IconButton>
      </div>
      {open && (
        <div className="field-values">
          <div className="dim num">
            {t('logs.coverage', { share: formats.value(field.coverage, 'ratio') })} ·{' '}
            {t('logs.distinct', { count: field.distinct })}
          </div>
          {field.top.map((one) => (
            <div key={one.value} className="field-value">
              <span className="field-bar" style={{ width: `${(one.count / counted) * 100}%` }} />
              <span className="field-text" title={one.value}>
                {one.value === '' ? '""' : one.value}
              </span>
              <span className="dim num">{formats.integer(one.count)}</span>
              <IconButton
                size={20}
                label={t('logs.include', { field: field.name, value: one.value })}
                onClick={() =>
                  onRefine(
                    addCondition(query, { field: field.name, origin: field.origin, value: one.value, negated: false }),
                  )
                }
              >
                <IconPlus size={12} aria-hidden />
              </IconButton>
              <IconButton
                size={20}
                label={t('logs.exclude', { field: field.name, value: one.value })}
                onClick={() =>
                  onRefine(
                    addCondition(query, { field: field.name, origin: field.origin, value: one.value, negated: true }),
                  )
                }
              >
                <IconMinus size={12} aria-hidden />
              </IconButton>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
