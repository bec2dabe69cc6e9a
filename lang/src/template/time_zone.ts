import { formatOffset } from './time_format.ts';
import type { Zone } from './value.ts';

/** The zone of an IANA name at a moment. @throws RangeError for a name that is no time zone */
export function zoneOf(name: string, ms: number): Zone {
  const part = (style: 'short' | 'longOffset'): string =>
    new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: style })
      .formatToParts(ms)
      .find((p) => p.type === 'timeZoneName')?.value ?? '';
  const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(part('longOffset'));
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match ?? [];
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const offset = sign === '-' ? -size : size;
  const short = part('short');
  return { abbreviation: short.startsWith('GMT') ? formatOffset('-07', offset) : short, offset };
}
