import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import type { LogField } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchLogFields } from '../data/logs.ts';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { FieldRow, type FieldsProps } from './FieldRow.tsx';
import { pinnedFields, recentFields } from './kept.ts';

const groups = ['pinned', 'recent', 'label', 'metadata', 'parsed'] as const;
type Group = (typeof groups)[number];

/** The fields of a query's lines, from a sample of them. */
export function useLogFields(query: string, enabled = true) {
  const { range } = useTime();
  return useAnswer({
    subject: ['log-fields', query],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchLogFields(query, range, signal),
    enabled: enabled && query !== '',
  });
}

/** Each of the fragments is somewhere in the name. */
function holdsAll(name: string, search: string): boolean {
  const lower = name.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((fragment) => lower.includes(fragment));
}

/** Fields under the first heading that takes them. */
function grouped(
  fields: readonly LogField[],
  pinned: readonly string[],
  recent: readonly string[],
): ReadonlyMap<Group, readonly LogField[]> {
  return Map.groupBy(fields, (field): Group => {
    if (pinned.includes(field.name)) return 'pinned';
    return recent.includes(field.name) ? 'recent' : field.origin;
  });
}

/** What the matching lines carry: fields by origin, their values over the whole range, and buttons to filter by them. */
export function FieldSidebar(props: FieldsProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const [pinned, setPinned] = useState(pinnedFields.read);
  // Fields that were used just now stay where they are until one comes back.
  const [recent] = useState(recentFields.read);
  const answer = useLogFields(props.query);
  const pin = (name: string): void => {
    if (pinned.includes(name)) pinnedFields.remove(name);
    else pinnedFields.note(name);
    setPinned(pinnedFields.read());
  };
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
            const found = grouped(
              data.fields.filter((field) => holdsAll(field.name, search.trim())),
              pinned,
              recent,
            );
            return (
              <>
                <div className="side-count dim num">{t('logs.sampled', { count: data.sampled })}</div>
                {found.size === 0 && search.trim() !== '' && <p className="side-count dim">{t('logs.noField')}</p>}
                {groups.map((group) => {
                  const own = found.get(group);
                  if (own === undefined) return null;
                  return (
                    <section key={group}>
                      <h3 className="field-group">{t(`logs.origin.${group}`)}</h3>
                      {own.map((field) => (
                        <FieldRow
                          key={field.name}
                          field={field}
                          pinned={group === 'pinned'}
                          onPin={() => pin(field.name)}
                          {...props}
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
