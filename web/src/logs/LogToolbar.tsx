import { Button, Menu, SegmentedControl } from '@mantine/core';
import {
  IconAdjustmentsHorizontal,
  IconLayoutSidebar,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconTextWrap,
  IconX,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { SavedViews } from '../app/SavedViews.tsx';
import { useFormats } from '../i18n/format.ts';
import { useHistogram } from './LevelHistogram.tsx';
import { logViewParameters, readViews } from './savedViews.ts';
import type { LogLines } from './useLogLines.ts';
import { type LogView, logForms } from './useLogView.ts';

interface Props {
  readonly view: LogView;
  readonly lines: LogLines;
}

/** Over the result: its forms, how much is loaded of how much, and how it is shown. */
export function LogToolbar({ view, lines }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const flip = (name: string, on: boolean): void => view.set({ [name]: on ? null : '1' }, { replace: true });
  const isLines = view.form === 'list' || view.form === 'table' || view.form === 'json';
  return (
    <div className="panel-head result-head">
      <div className="panel-tools">
        <IconButton
          label={view.fields ? t('logs.hideFields') : t('logs.fields')}
          active={view.fields}
          onClick={() => view.set({ fields: view.fields ? 'off' : null }, { replace: true })}
        >
          <IconLayoutSidebar size={16} aria-hidden />
        </IconButton>
        <SegmentedControl
          size="xs"
          aria-label={t('logs.forms')}
          value={view.form}
          onChange={(next) => view.set({ view: next === 'list' ? null : next })}
          data={logForms.map((value) => ({ value, label: t(`logs.form.${value}`) }))}
        />
      </div>
      <div className="panel-tools">
        {isLines && <Loaded view={view} lines={lines} />}
        {isLines && (
          <>
            <IconButton label={t('logs.wrap')} active={view.wrap} onClick={() => flip('wrap', view.wrap)}>
              <IconTextWrap size={16} aria-hidden />
            </IconButton>
            <Menu position="bottom-end" closeOnItemClick={false}>
              <Menu.Target>
                <span>
                  <IconButton label={t('logs.shape')} onClick={() => undefined}>
                    <IconAdjustmentsHorizontal size={16} aria-hidden />
                  </IconButton>
                </span>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item role="menuitemcheckbox" aria-checked={view.raw} onClick={() => flip('raw', view.raw)}>
                  {view.raw ? '✓ ' : ''}
                  {t('logs.raw')}
                </Menu.Item>
                <Menu.Item role="menuitemcheckbox" aria-checked={view.dense} onClick={() => flip('dense', view.dense)}>
                  {view.dense ? '✓ ' : ''}
                  {t('logs.dense')}
                </Menu.Item>
                <Menu.Item onClick={() => view.set({ cols: null }, { replace: true })}>
                  {t('logs.ownColumns')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
            <Button
              size="compact-sm"
              variant={view.live ? 'light' : 'default'}
              aria-pressed={view.live}
              leftSection={
                view.live ? (
                  <IconPlayerPauseFilled size={12} aria-hidden />
                ) : (
                  <IconPlayerPlayFilled size={12} aria-hidden />
                )
              }
              onClick={() => view.set({ live: view.live ? null : '1', at: null }, { replace: true })}
            >
              {t('logs.live')}
            </Button>
          </>
        )}
        <SavedViews screen="logs" parameters={logViewParameters} read={readViews} onShow={(patch) => view.set(patch)} />
        {view.live && lines.tail.state !== 'off' && (
          <span className="dim num tail-state" data-state={lines.tail.state} role="status">
            {lines.tail.state === 'open'
              ? t('logs.tailRate', { rate: formats.integer(Math.round(lines.tail.rate)) })
              : t(`logs.tail.${lines.tail.state}`)}
            {lines.tail.dropped > 0 && ` · ${t('logs.tailDropped', { lines: formats.integer(lines.tail.dropped) })}`}
          </span>
        )}
      </div>
    </div>
  );
}

/** How many lines are loaded of how many there are, and from which moment on where one was chosen. */
function Loaded({ view, lines }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const total = useHistogram(view.query, lines.first === 'here').data?.total;
  const loaded = formats.integer(lines.count);
  return (
    <>
      {view.atMs !== null && (
        <button
          type="button"
          className="chip num"
          title={t('logs.wholeRange')}
          onClick={() => view.set({ at: null }, { replace: true })}
        >
          {t('logs.upTo', { time: formats.clock(view.atMs) })}
          <IconX size={11} aria-hidden />
        </button>
      )}
      <span className="dim num" role="status">
        {total === undefined || view.live
          ? t('logs.loadedOnly', { loaded })
          : t('logs.loaded', { loaded, total: formats.integer(Math.max(total, lines.count)) })}
      </span>
    </>
  );
}
