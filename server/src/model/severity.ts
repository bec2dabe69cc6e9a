/**
 * The level vocabulary: an index into `SEVERITY_TEXTS` and `SEVERITY_NUMBERS` (OpenTelemetry severity numbers, the
 * lowest of each range; CRITICAL shares FATAL's). Index 0 is "unknown".
 */
export const SEVERITY_TEXTS = ['', 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'CRITICAL'] as const;
export const SEVERITY_NUMBERS = [0, 1, 5, 9, 13, 17, 21, 21] as const;

export const SEVERITY_UNKNOWN = 0;
const TRACE = 1;
const DEBUG = 2;
const INFO = 3;
const WARN = 4;
const ERROR = 5;
const FATAL = 6;
const CRITICAL = 7;
export const SEVERITY_INFO: number = INFO;
export const SEVERITY_WARN: number = WARN;
export const SEVERITY_ERROR: number = ERROR;
export const SEVERITY_FATAL: number = FATAL;
export const SEVERITY_CRITICAL: number = CRITICAL;

/** Every spelling that is understood, letters and digits only (case and `_ . -` do not count). */
export const SEVERITY_NAMES: readonly (readonly [name: string, severity: number])[] = [
  ['trace', TRACE],
  ['trc', TRACE],
  ['verbose', TRACE],
  ['finest', TRACE],
  ['debug', DEBUG],
  ['dbg', DEBUG],
  ['debu', DEBUG],
  ['fine', DEBUG],
  ['info', INFO],
  ['inf', INFO],
  ['information', INFO],
  ['informational', INFO],
  ['notice', INFO],
  ['success', INFO],
  ['warn', WARN],
  ['wrn', WARN],
  ['warning', WARN],
  ['error', ERROR],
  ['err', ERROR],
  ['eror', ERROR],
  ['erro', ERROR],
  ['severe', ERROR],
  ['fatal', FATAL],
  ['ftl', FATAL],
  ['fata', FATAL],
  ['panic', FATAL],
  ['dpanic', FATAL],
  ['emerg', FATAL],
  ['emergency', FATAL],
  ['critical', CRITICAL],
  ['crit', CRITICAL],
  ['alert', CRITICAL],
];

/** The severity of an OpenTelemetry severity number (1 to 24), else unknown. */
export function severityOfNumber(number: number): number {
  return number >= 1 && number <= 24 ? Math.floor((number - 1) / 4) + 1 : SEVERITY_UNKNOWN;
}

/** The severity of a numeric level: pino and bunyan count in tens from 10 to 60, anything else is OpenTelemetry's. */
export function severityOfLevel(level: number): number {
  return level >= 10 && level <= 60 && level % 10 === 0 ? level / 10 : severityOfNumber(level);
}

/** By severity of syslog, 0 to 7 (RFC 5424, table 2): emergency, alert, critical, error, warning, notice, info, debug. */
const SYSLOG_SEVERITIES = [FATAL, CRITICAL, CRITICAL, ERROR, WARN, INFO, INFO, DEBUG] as const;

/** The severity of a severity of syslog, else unknown. */
export function severityOfSyslog(number: number): number {
  return SYSLOG_SEVERITIES[number] ?? SEVERITY_UNKNOWN;
}
