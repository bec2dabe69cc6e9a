import { Button, Popover, TextInput } from '@mantine/core';
import { IconBookmark, IconTrash } from '@tabler/icons-react';
import type { SavedView, ViewScreen } from '@trilith/contract';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchViews, keepView, removeView } from '../data/views.ts';
import type { Patch } from '../url/view.ts';
import { IconButton } from './IconButton.tsx';
import { type ViewParameters, viewOf, viewPatch } from './savedViews.ts';
import { useToast } from './Toasts.tsx';

interface Props {
  readonly screen: ViewScreen;
  readonly parameters: ViewParameters;
  /** Where they come from, if not from the server alone. */
  readonly read?: () => Promise<readonly SavedView[]>;
  readonly onShow: (patch: Patch) => void;
}

/** Views of a screen by name: query, form and columns together, to come back to. */
export function SavedViews({ screen, parameters, read = () => fetchViews(screen), onShow }: Props) {
  const { t } = useTranslation();
  const toast = useToast();
  const [opened, setOpened] = useState(false);
  const [views, setViews] = useState<readonly SavedView[]>([]);
  const [name, setName] = useState('');
  const [search, setSearch] = useState('');
  const reasonOf = (error: unknown): { readonly reason: string } => ({
    reason: error instanceof Error ? error.message : String(error),
  });
  const open = (): void => {
    setOpened(!opened);
    read().then(setViews, (error: unknown) => toast(t('logs.viewsNotRead', reasonOf(error)), 'failed'));
  };
  const changed = (change: Promise<readonly SavedView[]>, done: () => void): void => {
    change.then(
      (next) => {
        setViews(next);
        done();
      },
      (error: unknown) => toast(t('logs.viewNotSaved', reasonOf(error)), 'failed'),
    );
  };
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() === '') return;
    changed(keepView({ screen, name: name.trim(), search: viewOf(window.location.search, parameters) }), () => {
      setName('');
      toast(t('logs.viewSaved'));
    });
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
          onClick={open}
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
                  onShow(viewPatch(one.search, parameters));
                  setOpened(false);
                }}
              >
                {one.name}
              </button>
              <IconButton
                size={22}
                label={t('logs.removeView', { name: one.name })}
                onClick={() => changed(removeView(screen, one.name), () => undefined)}
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
