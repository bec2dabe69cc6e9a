import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../i18n/format.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { durations, nextMonday, nextMorning } from './durations.ts';

interface Props {
  readonly endsMs: number;
  /** Null: it begins now. */
  readonly startsMs: number | null;
  readonly onChange: (endsMs: number) => void;
}

/** Ends one press away: after a while, or at nine in the morning. */
export function DurationChips({ endsMs, startsMs, onChange }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { zone } = useTime();
  const [picked, setPicked] = useState('');
  const ends = [
    ...durations.map(({ key, ms }) => ({ key, at: (nowMs: number) => Math.max(nowMs, startsMs ?? nowMs) + ms })),
    { key: 'morning' as const, at: (nowMs: number) => nextMorning(nowMs, zone) },
    { key: 'monday' as const, at: (nowMs: number) => nextMonday(nowMs, zone) },
  ];
  return (
    <div className="duration-chips">
      {ends.map(({ key, at }) => (
        <button
          key={key}
          type="button"
          className="chip"
          aria-pressed={picked === key}
          data-active={picked === key || undefined}
          onClick={() => {
            setPicked(key);
            onChange(at(Date.now()));
          }}
        >
          {t(`silences.durations.${key}`)}
        </button>
      ))}
      <span className="dim num">{t('silences.endsAt', { time: formats.dateTime(endsMs) })}</span>
    </div>
  );
}
