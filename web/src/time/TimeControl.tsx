import { Button, Menu, Popover } from '@mantine/core';
import {
  IconArrowBackUp,
  IconChevronDown,
  IconChevronLeft,
  IconChevronRight,
  IconClock,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconZoomOut,
} from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { keymap } from '../app/keymap.ts';
import { useShortcuts } from '../app/Shortcuts.tsx';
import { useCopy, useToast } from '../app/Toasts.tsx';
import { useFormats } from '../i18n/format.ts';
import { RangePanel } from './RangePanel.tsx';
import { absolute, isLive, rangeFromText, rangeToText, shiftRange, zoomOut } from './range.ts';
import { useTime } from './TimeContext.tsx';
import { useRangeName } from './useRangeName.ts';
import { offsetText } from './zone.ts';

const intervalsMs = [0, 1000, 5000, 10_000, 30_000, 60_000, 300_000];
const defaultIntervalMs = 10_000;

/** The one time control: range, steps, zoom, zone, refresh. Its keys are bound here. */
export function TimeControl() {
  const { t } = useTranslation();
  const time = useTime();
  const formats = useFormats();
  const rangeName = useRangeName();
  const copy = useCopy();
  const toast = useToast();
  const [open, setOpen] = useState(false);
  const shift = (direction: -1 | 1): void => time.zoomTo(shiftRange(time.range, direction, Date.now()));
  const wider = (): void => time.zoomTo(zoomOut(time.range, Date.now()));
  const copyRange = (): void => copy(rangeToText(time.raw, time.range, time.zone), t('time.copied'));
  const pasteRange = (): void => {
    const refuse = (): void => toast(t('time.notARange'), 'failed');
    void navigator.clipboard.readText().then((text) => {
      const raw = rangeFromText(text, Date.now(), time.zone);
      if (raw === null) return refuse();
      time.setRange(raw);
      toast(t('time.pasted'));
    }, refuse);
  };
  const toggleLive = (): void => time.setRefresh(time.refreshMs === 0 ? defaultIntervalMs : 0);
  useShortcuts([
    { id: 'timeZoomOut', strokes: keymap.timeZoomOut, run: wider },
    { id: 'timeBack', strokes: keymap.timeBack, run: () => shift(-1) },
    { id: 'timeForward', strokes: keymap.timeForward, run: () => shift(1) },
    { id: 'timeAbsolute', strokes: keymap.timeAbsolute, run: () => time.setRange(absolute(time.range)) },
    { id: 'timeCopy', strokes: keymap.timeCopy, run: copyRange },
    { id: 'timePaste', strokes: keymap.timePaste, run: pasteRange },
    { id: 'timeZone', strokes: keymap.timeZone, run: () => time.setZone(time.zone === 'utc' ? 'local' : 'utc') },
    { id: 'timeLive', strokes: keymap.timeLive, run: toggleLive },
    { id: 'timePicker', strokes: keymap.timePicker, run: () => setOpen(true) },
    { id: 'timeUndo', strokes: keymap.timeUndo, run: time.undo },
  ]);
  const paused = isLive(time.raw) && !time.running;
  return (
    <fieldset className="time-control" aria-label={t('time.label')}>
      <IconButton label={t('time.back')} onClick={() => shift(-1)}>
        <IconChevronLeft size={16} aria-hidden />
      </IconButton>
      <Popover opened={open} onChange={setOpen} position="bottom-end" shadow="md" trapFocus withinPortal>
        <Popover.Target>
          <Button
            size="xs"
            variant="default"
            className="time-button"
            leftSection={<IconClock size={14} aria-hidden />}
            rightSection={<IconChevronDown size={13} aria-hidden />}
            aria-expanded={open}
            onClick={() => setOpen((was) => !was)}
          >
            <span className="time-name">{rangeName(time.raw)}</span>
            {time.zone !== 'local' && (
              <span className="zone-mark">{time.zone === 'utc' ? 'UTC' : offsetText(time.nowMs, time.zone)}</span>
            )}
          </Button>
        </Popover.Target>
        <Popover.Dropdown p={0}>
          <RangePanel onDone={() => setOpen(false)} onCopy={copyRange} onPaste={pasteRange} />
        </Popover.Dropdown>
      </Popover>
      <IconButton label={t('time.forward')} onClick={() => shift(1)}>
        <IconChevronRight size={16} aria-hidden />
      </IconButton>
      <span className="wide-only">
        <IconButton label={t('time.zoomOut')} onClick={wider}>
          <IconZoomOut size={16} aria-hidden />
        </IconButton>
        <IconButton label={t('time.undo')} onClick={time.undo} disabled={!time.canUndo}>
          <IconArrowBackUp size={16} aria-hidden />
        </IconButton>
      </span>
      <IconButton label={t('time.refresh')} onClick={time.refresh}>
        <IconRefresh size={16} aria-hidden />
      </IconButton>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            className="wide-only"
            aria-label={t('time.interval')}
            rightSection={<IconChevronDown size={12} aria-hidden />}
          >
            {time.refreshMs === 0 ? t('time.off') : formats.duration(time.refreshMs)}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {intervalsMs.map((ms) => (
            <Menu.Item key={ms} onClick={() => time.setRefresh(ms)} data-active={ms === time.refreshMs || undefined}>
              {ms === 0 ? t('time.off') : formats.duration(ms)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {isLive(time.raw) && (
        <IconButton
          label={
            time.running
              ? t('time.liveOn', { interval: formats.duration(time.refreshMs) })
              : `${t('time.liveOff')} · ${t('time.paused', { age: formats.ago(time.nowMs, Date.now()) })}`
          }
          active={time.running}
          onClick={toggleLive}
        >
          {paused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />}
        </IconButton>
      )}
    </fieldset>
  );
}
