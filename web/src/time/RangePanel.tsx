import { Button, TextInput } from '@mantine/core';
import { IconClipboard, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useFormats } from '../i18n/format.ts';
import { Calendar } from './Calendar.tsx';
import { quickRanges } from './quick.ts';
import { parseMoment, type RawRange, resolveRange } from './range.ts';
import { recentRanges, rememberRange } from './recent.ts';
import { useTime } from './TimeContext.tsx';
import { useQuickName, useRangeName } from './useRangeName.ts';
import { ZoneSelect } from './ZoneSelect.tsx';
import { wallTime } from './zone.ts';

interface Props {
  readonly onDone: () => void;
  readonly onCopy: () => void;
  readonly onPaste: () => void;
}

/** The open time picker: quick list, both ends as text, calendar, zone, recent ranges. */
export function RangePanel({ onDone, onCopy, onPaste }: Props) {
  const { t } = useTranslation();
  const time = useTime();
  const formats = useFormats();
  const quickName = useQuickName();
  const rangeName = useRangeName();
  const [search, setSearch] = useState('');
  const shownText = (text: string): string => (/^\d+$/.test(text) ? writtenTime(Number(text), time.zone) : text);
  const [from, setFrom] = useState(shownText(time.raw.from));
  const [to, setTo] = useState(shownText(time.raw.to));
  const now = Date.now();
  const fromMs = parseMoment(from, now, time.zone);
  const toMs = parseMoment(to, now, time.zone, true);
  const order = fromMs !== null && toMs !== null && fromMs >= toMs;
  const choose = (raw: RawRange): void => {
    time.setRange(raw);
    onDone();
  };
  const apply = (): void => {
    if (fromMs === null || toMs === null || order) return;
    const raw = {
      from: from.trim().startsWith('now') ? from.trim() : String(fromMs),
      to: to.trim().startsWith('now') ? to.trim() : String(toMs),
    };
    if (resolveRange(raw, now, time.zone) === null) return;
    rememberRange(raw);
    choose(raw);
  };
  const quick = quickRanges.filter((one) =>
    `${quickName(one)} ${one.from}`.toLowerCase().includes(search.trim().toLowerCase()),
  );
  const recent = recentRanges();
  return (
    <div className="range-panel">
      <div className="range-quick">
        <TextInput
          size="xs"
          aria-label={t('time.searchQuick')}
          placeholder={t('time.searchQuick')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <ul>
          {quick.map((one) => (
            <li key={one.from + one.to}>
              <button
                type="button"
                className="menu-row"
                data-active={(one.from === time.raw.from && one.to === time.raw.to) || undefined}
                onClick={() => choose(one)}
              >
                {quickName(one)}
              </button>
            </li>
          ))}
        </ul>
      </div>
      <form
        className="range-exact"
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <div className="range-ends">
          <TextInput
            size="xs"
            label={t('time.from')}
            value={from}
            error={fromMs === null && t('time.invalid')}
            onChange={(event) => setFrom(event.currentTarget.value)}
            description={fromMs === null ? null : formats.dateTime(fromMs)}
          />
          <TextInput
            size="xs"
            label={t('time.to')}
            value={to}
            error={toMs === null ? t('time.invalid') : order && t('time.order')}
            onChange={(event) => setTo(event.currentTarget.value)}
            description={toMs === null ? null : formats.dateTime(toMs)}
          />
        </div>
        <Calendar
          fromMs={fromMs ?? time.range.fromMs}
          toMs={toMs ?? time.range.toMs}
          zone={time.zone}
          onPick={(first, last) => {
            setFrom(`${first} 00:00:00`);
            setTo(`${last} 23:59:59`);
          }}
        />
        <ZoneSelect />
        {recent.length > 0 && (
          <div>
            <div className="field-label">{t('time.recent')}</div>
            {recent.map((one) => (
              <button type="button" key={one.from + one.to} className="menu-row num" onClick={() => choose(one)}>
                {rangeName(one)}
              </button>
            ))}
          </div>
        )}
        <div className="range-actions">
          <IconButton label={t('time.copy')} onClick={onCopy}>
            <IconCopy size={15} aria-hidden />
          </IconButton>
          <IconButton label={t('time.paste')} onClick={onPaste}>
            <IconClipboard size={15} aria-hidden />
          </IconButton>
          <Button size="xs" type="submit" disabled={fromMs === null || toMs === null || order}>
            {t('time.apply')}
          </Button>
        </div>
      </form>
    </div>
  );
}

function writtenTime(ms: number, zone: string): string {
  const wall = wallTime(ms, zone);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${wall.year}-${two(wall.month)}-${two(wall.day)} ${two(wall.hour)}:${two(wall.minute)}:${two(wall.second)}`;
}
