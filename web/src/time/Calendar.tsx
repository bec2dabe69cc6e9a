import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useLanguage } from '../i18n/setup.ts';
import { monthDays } from './quick.ts';
import { wallTime, type Zone } from './zone.ts';

interface Props {
  readonly fromMs: number;
  readonly toMs: number;
  readonly zone: Zone;
  /** Two clicks choose first and last day; called after each, `to` equal to `from` after the first. */
  readonly onPick: (fromDay: string, toDay: string) => void;
}

const isoDay = (utcMidnight: number): string => new Date(utcMidnight).toISOString().slice(0, 10);

/** One month, Monday first, in the view's zone. */
export function Calendar({ fromMs, toMs, zone, onPick }: Props) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const locale = language === 'ru' ? 'ru-RU' : 'en-GB';
  const end = wallTime(toMs, zone);
  const [page, setPage] = useState({ year: end.year, month: end.month });
  const [anchor, setAnchor] = useState<string | null>(null);
  const days = monthDays(page.year, page.month);
  const dayOf = (ms: number): string => {
    const wall = wallTime(ms, zone);
    return isoDay(Date.UTC(wall.year, wall.month - 1, wall.day));
  };
  const from = dayOf(fromMs);
  const to = dayOf(toMs);
  const today = dayOf(Date.now());
  const turn = (by: number): void => {
    const next = new Date(Date.UTC(page.year, page.month - 1 + by, 1));
    setPage({ year: next.getUTCFullYear(), month: next.getUTCMonth() + 1 });
  };
  const pick = (day: string): void => {
    if (anchor === null) {
      setAnchor(day);
      onPick(day, day);
      return;
    }
    setAnchor(null);
    onPick(anchor < day ? anchor : day, anchor < day ? day : anchor);
  };
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' });
  const title = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  return (
    <div className="calendar">
      <div className="calendar-head">
        <IconButton label={t('time.previousMonth')} size={26} onClick={() => turn(-1)}>
          <IconChevronLeft size={16} aria-hidden />
        </IconButton>
        <span>{title.format(Date.UTC(page.year, page.month - 1, 1))}</span>
        <IconButton label={t('time.nextMonth')} size={26} onClick={() => turn(1)}>
          <IconChevronRight size={16} aria-hidden />
        </IconButton>
      </div>
      <div className="calendar-grid">
        {days.slice(0, 7).map((day) => (
          <span key={day} className="calendar-weekday">
            {weekday.format(day)}
          </span>
        ))}
        {days.map((day) => {
          const name = isoDay(day);
          return (
            <button
              type="button"
              key={day}
              className="calendar-day"
              data-outside={new Date(day).getUTCMonth() + 1 !== page.month || undefined}
              data-in={(name >= from && name <= to) || undefined}
              data-today={name === today || undefined}
              aria-label={name}
              aria-pressed={name >= from && name <= to}
              onClick={() => pick(name)}
            >
              {new Date(day).getUTCDate()}
            </button>
          );
        })}
      </div>
    </div>
  );
}
