import { Menu } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { searchHistory } from './kept.ts';

/** The queries this browser asked last. */
export function SearchHistory({ onRun }: { readonly onRun: (query: string) => void }) {
  const { t } = useTranslation();
  const [queries, setQueries] = useState<readonly string[]>([]);
  return (
    <Menu position="bottom-end" onOpen={() => setQueries(searchHistory.read())}>
      <Menu.Target>
        <span>
          <IconButton label={t('traces.history')} onClick={() => undefined}>
            <IconHistory size={16} aria-hidden />
          </IconButton>
        </span>
      </Menu.Target>
      <Menu.Dropdown className="history-menu">
        {queries.length === 0 && <Menu.Label>{t('traces.noHistory')}</Menu.Label>}
        {queries.map((query) => (
          <Menu.Item key={query} onClick={() => onRun(query)}>
            <code>{query}</code>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
