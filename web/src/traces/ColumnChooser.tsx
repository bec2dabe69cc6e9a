import { Button, Checkbox, Popover, TextInput } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { spanFields } from '../data/tempo.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';

interface Props {
  readonly columns: readonly string[];
  readonly onColumns: (columns: readonly string[]) => void;
}

const mostShown = 200;

/** Which fields of the found spans stand as columns. */
export function ColumnChooser({ columns, onColumns }: Props) {
  const { t } = useTranslation();
  const { range } = useTime();
  const [opened, setOpened] = useState(false);
  const [search, setSearch] = useState('');
  const answer = useAnswer({
    subject: ['span-fields'],
    at: [],
    ask: (signal) => spanFields(range, signal),
    enabled: opened,
  });
  const words = search.toLowerCase().split(/\s+/);
  const fields = [
    ...columns,
    ...(answer.data ?? []).filter((field) => field.includes('.') && !columns.includes(field)),
  ];
  const found = fields.filter((field) => words.every((word) => field.toLowerCase().includes(word)));
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" trapFocus>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="default"
          aria-label={t('traces.columns')}
          aria-expanded={opened}
          leftSection={<IconColumns3 size={14} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          <span className="wide-only">{t('traces.columns')}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown className="column-menu">
        <TextInput
          size="xs"
          aria-label={t('traces.searchFields')}
          placeholder={t('traces.searchFields')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <div className="column-list">
          {found.slice(0, mostShown).map((field) => (
            <Checkbox
              key={field}
              size="xs"
              label={<code>{field}</code>}
              checked={columns.includes(field)}
              onChange={(event) =>
                onColumns(
                  event.currentTarget.checked ? [...columns, field] : columns.filter((column) => column !== field),
                )
              }
            />
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
