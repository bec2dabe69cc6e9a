/** Durations and sizes as Loki reads them: Prometheus durations first, then Go's, then humanize's byte sizes. */

const NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
  y: 31_536_000e9,
};

const PROMETHEUS = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** A Prometheus duration (`1h30m`, units in descending order) in ns, or undefined. */
export function parsePrometheusDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = PROMETHEUS.exec(text);
  if (match === null || text === '') return undefined;
  const scale = [NS.y, NS.w, NS.d, NS.h, NS.m, NS.s, NS.ms];
  return scale.reduce<number>((sum, unit, i) => sum + Number(match[i + 1] ?? 0) * (unit ?? 0), 0);
}

/**
 * A Go duration (`-1.5h`, `300ms`) in ns; its units end at h.
 * @throws Error worded as Go's time.ParseDuration words it
 */
export function parseGoDuration(text: string): number {
  const quoted = JSON.stringify(text);
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = /^[+-]/.test(text) ? text.slice(1) : text;
  if (rest === '0') return 0;
  if (rest === '') throw new Error(`time: invalid duration ${quoted}`);
  let total = 0;
  while (rest !== '') {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) throw new Error(`time: invalid duration ${quoted}`);
    rest = rest.slice(number.length);
    const unit = /^[^\d.]*/.exec(rest)?.[0] ?? '';
    if (unit === '') throw new Error(`time: missing unit in duration ${quoted}`);
    const scale = /^[dwy]$/.test(unit) ? undefined : NS[unit];
    if (scale === undefined) throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    rest = rest.slice(unit.length);
    total += Number(number) * scale;
  }
  return sign * Math.trunc(total);
}

/** A duration literal of LogQL in ns, or undefined when the text is none. */
export function parseDuration(text: string): number | undefined {
  const prometheus = parsePrometheusDuration(text);
  if (prometheus !== undefined) return prometheus;
  try {
    return parseGoDuration(text);
  } catch {
    // Not a duration: the caller reads the text as something else.
    return undefined;
  }
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  t: 1e12,
  tb: 1e12,
  p: 1e15,
  pb: 1e15,
  e: 1e18,
  eb: 1e18,
  ki: 2 ** 10,
  kib: 2 ** 10,
  mi: 2 ** 20,
  mib: 2 ** 20,
  gi: 2 ** 30,
  gib: 2 ** 30,
  ti: 2 ** 40,
  tib: 2 ** 40,
  pi: 2 ** 50,
  pib: 2 ** 50,
  ei: 2 ** 60,
  eib: 2 ** 60,
};

/**
 * A size (`20MB`, `1.5 KiB`) in bytes, read as go-humanize's ParseBytes reads it.
 * @throws Error worded as go-humanize words it
 */
export function parseBytes(text: string): number {
  const digits = /^[\d.,]*/.exec(text)?.[0] ?? '';
  const number = digits.replaceAll(',', '');
  if (!/^(\d+\.?\d*|\.\d+)$/.test(number)) {
    throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(number)}: invalid syntax`);
  }
  const unit = text.slice(digits.length).trim().toLowerCase();
  const scale = Object.hasOwn(BYTE_UNITS, unit) ? BYTE_UNITS[unit] : undefined;
  if (scale === undefined) throw new Error(`unhandled size name: ${unit}`);
  return Math.trunc(Number(number) * scale);
}

/** A duration as a range or offset is printed: the largest units first (`1h30m`). */
export function formatDuration(ns: number): string {
  if (ns === 0) return '0s';
  let rest = Math.abs(ns);
  let text = ns < 0 ? '-' : '';
  for (const unit of ['h', 'm', 's', 'ms', 'us', 'ns']) {
    const scale = NS[unit] ?? 1;
    const count = Math.floor(rest / scale);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * scale;
  }
  return text;
}
