import { Button, Popover, TextInput } from '@mantine/core';
import { IconBookmark, IconTrash } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useToast } from '../app/Toasts.tsx';
import { readViews, removeView, saveView, viewOf, viewPatch } from './savedViews.ts';
import type { LogView } from './useLogView.ts';

/** Views by name: query, form and columns together, to come back to. */
export function SavedViews({ view }: { readonly view: LogView }) {
  const { t } = useTranslation();
  const toast = useToast();
  const [opened, setOpened] = useState(false);
  const [views, setViews] = useState(readViews);
  const [name, setName] = useState('');
  const [search, setSearch] = useState('');
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() === '') return;
    try {
      setViews(saveView({ name: name.trim(), search: viewOf(window.location.search) }));
      setName('');
      toast(t('logs.viewSaved'));
    } catch (error) {
      toast(t('logs.viewNotSaved', { reason: String(error) }), 'failed');
    }
  };
  const found = views.filter((one) => one.name.toLowerCase().includes(search.trim().toLowerCase()));
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" trapFocus>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="default"
          aria-label={t('logs.views')}
          aria-expanded={opened}
          leftSection={<IconBookmark size={14} aria-hidden />}
          onClick={() => {
            setViews(readViews());
            setOpened(!opened);
          }}
        >
          <span className="wide-only">{t('logs.views')}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown className="views-menu">
        <form onSubmit={save} className="views-save">
          <TextInput
            size="xs"
            label={t('logs.viewName')}
            value={name}
            maxLength={100}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button size="xs" type="submit" disabled={name.trim() === ''}>
            {t('logs.saveView')}
          </Button>
        </form>
        <p className="dim views-hint">{t('logs.viewsHint')}</p>
        {views.length > 6 && (
          <TextInput
            size="xs"
            aria-label={t('logs.searchViews')}
            placeholder={t('logs.searchViews')}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        )}
        <ul className="views-list">
          {found.map((one) => (
            <li key={one.name} className="views-row">
              <button
                type="button"
                className="text-button"
                onClick={() => {
                  view.set(viewPatch(one));
                  setOpened(false);
                }}
              >
                {one.name}
              </button>
              <IconButton
                size={22}
                label={t('logs.removeView', { name: one.name })}
                onClick={() => setViews(removeView(one.name))}
              >
                <IconTrash size={13} aria-hidden />
              </IconButton>
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}
