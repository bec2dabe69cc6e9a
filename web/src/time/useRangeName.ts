import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { type QuickRange, quickOf } from './quick.ts';
import type { RawRange } from './range.ts';
import { useTime } from './TimeContext.tsx';

/** `Last 1 hour`, `Today`. */
export function useQuickName(): (quick: QuickRange) => string {
  const { t } = useTranslation();
  return (quick) => {
    if (quick.kind === 'minutes') return t('time.last_minutes', { count: quick.count });
    if (quick.kind === 'hours' && quick.count === 1) return t('palette.lastHour');
    if (quick.kind === 'hours') return t('time.last_hours', { count: quick.count });
    if (quick.kind === 'days') return t('time.last_days', { count: quick.count });
    return t(`time.${quick.kind}`);
  };
}

/** What the time button says: a quick range's name, `since`, or both ends. */
export function useRangeName(): (raw: RawRange) => string {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const quickName = useQuickName();
  return (raw) => {
    const quick = quickOf(raw);
    if (quick !== null) return quickName(quick);
    const end = (text: string, ms: number): string =>
      text.startsWith('now') ? text : formats.short(/^\d+$/.test(text) ? Number(text) : ms);
    if (raw.to === 'now' && !raw.from.startsWith('now')) return t('time.since', { from: end(raw.from, range.fromMs) });
    return `${end(raw.from, range.fromMs)} – ${end(raw.to, range.toMs)}`;
  };
}
