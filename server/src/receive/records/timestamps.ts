/** A moment: whole seconds since the epoch, and the nanoseconds below one. */
export interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
}

const TEXT_CHARACTERS = 40;
const NS_PER_SECOND = 1_000_000_000;
/** RFC 3339, also with a space for the `T`, a comma for the point, no zone (UTC) or one without a colon. */
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?$/;

/** The moment of milliseconds since the epoch. */
export function momentOfMs(ms: number): Moment {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanoseconds: Math.round((ms - seconds * 1000) * 1_000_000) };
}

/**
 * A time as log records carry it: RFC 3339 or a number since the epoch, whose size tells seconds, milliseconds,
 * microseconds and nanoseconds apart (each unit covers the years 1973 to 5138 in its own range).
 * @returns undefined when it is none
 */
export function momentOf(value: unknown): Moment | undefined {
  if (typeof value === 'number') return momentOfNumber(value);
  if (typeof value === 'bigint') return momentOfDigits(value.toString());
  if (typeof value !== 'string' || value.length > TEXT_CHARACTERS) return undefined;
  if (/^\d{1,19}$/.test(value)) return momentOfDigits(value);
  if (/^\d{1,11}\.\d+$/.test(value)) {
    const [seconds = '', fraction = ''] = value.split('.');
    return { seconds: Number(seconds), nanoseconds: fractionNanos(fraction) };
  }
  return momentOfIso(value);
}

function momentOfNumber(value: number): Moment | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  if (Number.isInteger(value)) return value < 1e19 ? momentOfDigits(BigInt(value).toString()) : undefined;
  if (value >= 1e11) return momentOfMs(value);
  const seconds = Math.floor(value);
  // A double holds the microseconds of a time in seconds, not its nanoseconds.
  const micros = Math.round((value - seconds) * 1e6);
  return micros === 1e6 ? { seconds: seconds + 1, nanoseconds: 0 } : { seconds, nanoseconds: micros * 1000 };
}

function momentOfDigits(digits: string): Moment {
  const below = digits.length <= 11 ? 0 : digits.length <= 14 ? 3 : digits.length <= 17 ? 6 : 9;
  if (below === 0) return { seconds: Number(digits), nanoseconds: 0 };
  const seconds = digits.slice(0, -below);
  return { seconds: Number(seconds), nanoseconds: fractionNanos(digits.slice(-below)) };
}

function momentOfIso(text: string): Moment | undefined {
  const parts = ISO.exec(text);
  if (parts === null) return undefined;
  const [, date, time, fraction = '', zone = 'Z'] = parts;
  const offset = zone.length === 3 ? `${zone}:00` : zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const ms = Date.parse(`${date}T${time}${offset.toUpperCase()}`);
  return Number.isNaN(ms) ? undefined : { seconds: ms / 1000, nanoseconds: fractionNanos(fraction) };
}

/** Digits behind the point as nanoseconds. */
function fractionNanos(digits: string): number {
  return Math.trunc(Number(`0.${digits.slice(0, 9) || '0'}`) * NS_PER_SECOND + 0.5);
}
