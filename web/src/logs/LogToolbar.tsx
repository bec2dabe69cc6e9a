import { Button } from '@mantine/core';
import {
  IconBraces,
  IconLayoutSidebar,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconTextWrap,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useFormats } from '../i18n/format.ts';
import { useHistogram } from './LevelHistogram.tsx';
import type { LogLines } from './useLogLines.ts';
import type { LogView } from './useLogView.ts';

/** Over the list: how much is loaded of how much, and how it is shown. */
export function LogToolbar({ view, lines }: { readonly view: LogView; readonly lines: LogLines }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const total = useHistogram(view.query, lines.first === 'here').data?.total;
  const loaded = formats.integer(lines.rows.length);
  return (
    <div className="panel-head">
      <div className="panel-tools">
        <IconButton
          label={view.fields ? t('logs.hideFields') : t('logs.fields')}
          active={view.fields}
          onClick={() => view.set({ fields: view.fields ? 'off' : null }, { replace: true })}
        >
          <IconLayoutSidebar size={16} aria-hidden />
        </IconButton>
        <span className="dim num" role="status">
          {total === undefined || view.live
            ? t('logs.loadedOnly', { loaded })
            : t('logs.loaded', { loaded, total: formats.integer(Math.max(total, lines.rows.length)) })}
        </span>
      </div>
      <div className="panel-tools">
        <IconButton
          label={view.raw ? t('logs.pretty') : t('logs.raw')}
          active={view.raw}
          onClick={() => view.set({ raw: view.raw ? null : '1' }, { replace: true })}
        >
          <IconBraces size={16} aria-hidden />
        </IconButton>
        <IconButton
          label={t('logs.wrap')}
          active={view.wrap}
          onClick={() => view.set({ wrap: view.wrap ? null : '1' }, { replace: true })}
        >
          <IconTextWrap size={16} aria-hidden />
        </IconButton>
        <Button
          size="compact-sm"
          variant={view.live ? 'light' : 'default'}
          aria-pressed={view.live}
          leftSection={
            view.live ? <IconPlayerPauseFilled size={12} aria-hidden /> : <IconPlayerPlayFilled size={12} aria-hidden />
          }
          onClick={() => view.set({ live: view.live ? null : '1' }, { replace: true })}
        >
          {t('logs.live')}
        </Button>
      </div>
    </div>
  );
}
