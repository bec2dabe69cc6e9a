/** Digits alone are a count since the epoch; how many of them says of what. */
const EPOCH_MS_DIGITS = 13;
const EPOCH_SECONDS_DIGITS = 10;
const DATE_TIME =
  /^(-?\d{4})-(\d\d)(?:-(\d\d))?(?:[Tt ](\d\d)(?::?(\d\d))?(?::?(\d\d)(?:[.,](\d{1,9})\d*)?)?)?\s*(Z|z|[+-]\d\d:?\d\d|[+-]\d\d)?$/;

/**
 * A moment in ns since the epoch, or undefined: ISO 8601 as Elasticsearch's `strict_date_optional_time_nanos` takes it (a
 * missing zone is UTC, missing parts are their first value), or seconds, milliseconds or nanoseconds since the epoch.
 */
export function parseDateTime(text: string): bigint | undefined {
  const epoch = /^(-?\d{1,19})(?:\.(\d{1,9})\d*)?$/.exec(text);
  if (epoch !== null && !/^\d{4}$/.test(text)) return epochNs(epoch[1] ?? '', epoch[2] ?? '');
  if (/^\d{4}$/.test(text)) return BigInt(Date.UTC(Number(text), 0, 1)) * 1_000_000n;
  const parts = text.length > 64 ? null : DATE_TIME.exec(text);
  if (parts === null) return undefined;
  const [, year = '', month = '', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] =
    parts;
  const offset = zone.length === 3 ? `${zone}:00` : zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset.toUpperCase()}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function epochNs(whole: string, fraction: string): bigint {
  const digits = whole.replace('-', '').length;
  const count = BigInt(whole);
  if (digits <= EPOCH_SECONDS_DIGITS && (fraction !== '' || digits === EPOCH_SECONDS_DIGITS))
    return count * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return digits <= EPOCH_MS_DIGITS + 1 ? count * 1_000_000n : count;
}
