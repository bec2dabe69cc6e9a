import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { useLanguage } from '../i18n/setup.ts';

interface SloWords {
  /** `99.95 %` of a share, with as many digits as objectives have. */
  readonly share: (share: number | null) => string;
  /** `47.9 %` of a budget; may be below 0. */
  readonly budget: (remaining: number | null) => string;
  /** `4.7×` of a burn rate. */
  readonly burn: (rate: number | null) => string;
  /** When nothing will be left: `in 3 d`, `now`. */
  readonly exhausted: (atMs: number | null, nowMs: number) => string;
}

const farMs = 366 * 86_400_000;

/** The figures of objectives as text. */
export function useSloWords(): SloWords {
  const { t } = useTranslation();
  const formats = useFormats();
  const { language } = useLanguage();
  const locale = language === 'ru' ? 'ru-RU' : 'en-US';
  const percent = (value: number | null, digits: number): string =>
    value === null
      ? '–'
      : `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value * 100)} %`.replace('-', '−');
  return {
    share: (share) => percent(share, 3),
    budget: (remaining) => percent(remaining, 1),
    burn: (rate) => (rate === null ? '–' : `${formats.value(rate, 'short')}×`),
    exhausted: (atMs, nowMs) => {
      if (atMs === null) return '–';
      if (atMs <= nowMs) return t('slo.gone');
      return atMs - nowMs > farMs ? t('slo.never') : t('slo.inTime', { time: formats.duration(atMs - nowMs) });
    },
  };
}
