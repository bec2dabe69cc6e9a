import { TextInput } from '@mantine/core';
import { parseMoment } from './range.ts';
import { useTime } from './TimeContext.tsx';
import { wallTime, type Zone } from './zone.ts';

interface Props {
  readonly label: string;
  /** Milliseconds; null while what is written is no moment. */
  readonly ms: number | null;
  readonly onChange: (ms: number | null) => void;
}

/** A moment to the minute, written by the clock of the page's zone; phones offer their own wheel for it. */
export function MomentInput({ label, ms, onChange }: Props) {
  const { zone } = useTime();
  return (
    <TextInput
      type="datetime-local"
      size="xs"
      label={label}
      value={ms === null ? '' : wallMinute(ms, zone)}
      onChange={(event) => onChange(parseMoment(event.currentTarget.value, Date.now(), zone))}
    />
  );
}

/** `2026-11-21T10:00`, as the clock in `zone` shows it. */
function wallMinute(ms: number, zone: Zone): string {
  const { year, month, day, hour, minute } = wallTime(ms, zone);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}
