import {
  FIELD_CLEF_MESSAGE,
  FIELD_DATADOG_SPAN,
  FIELD_DATADOG_TRACE,
  FIELD_ERROR_MESSAGE,
  FIELD_ERROR_TYPE,
  FIELD_GELF_MESSAGE,
  FIELD_GOOGLE_TRACE,
  FIELD_LEVEL,
  FIELD_REQUEST,
  FIELD_SEVERITY_NUMBER,
  FIELD_SPAN,
  FIELD_STACK,
  FIELD_TRACE,
  FIELD_TRACEPARENT,
  FIELD_USER,
  severityOfHash,
} from './log_field_names.ts';
import { SEVERITY_INFO, SEVERITY_UNKNOWN, severityOfLevel, severityOfNumber, severityOfSyslog } from './severity.ts';

/** Value not found yet; a decoder may look further. */
export const ABSENT = -1;
/** Value known from elsewhere (the stream's labels); the line is not asked. */
export const ELSEWHERE = -2;

/** Reused for every record: byte ranges in the scanned buffer, or ABSENT, or ELSEWHERE. */
export interface LineFields {
  severity: number;
  /** Counts when nothing else does: a line of a logger that leaves out its usual level. */
  impliedSeverity: number;
  /** The line's level when it is written as a number of syslog (0 to 7), which other numbers of levels look like; else ABSENT. */
  syslogLevel: number;
  isGelf: boolean;
  traceStart: number;
  traceEnd: number;
  /** The id is a decimal number. */
  traceDecimal: boolean;
  spanStart: number;
  spanEnd: number;
  spanDecimal: boolean;
  requestStart: number;
  requestEnd: number;
  userStart: number;
  userEnd: number;
  /** In JSON these may hold escapes. */
  errorTypeStart: number;
  errorTypeEnd: number;
  errorMessageStart: number;
  errorMessageEnd: number;
  /** A stack as text, in JSON with escapes. */
  stackStart: number;
  stackEnd: number;
}

export function newLineFields(): LineFields {
  return {
    severity: SEVERITY_UNKNOWN,
    impliedSeverity: SEVERITY_UNKNOWN,
    syslogLevel: ABSENT,
    isGelf: false,
    traceStart: ABSENT,
    traceEnd: 0,
    traceDecimal: false,
    spanStart: ABSENT,
    spanEnd: 0,
    spanDecimal: false,
    requestStart: ABSENT,
    requestEnd: 0,
    userStart: ABSENT,
    userEnd: 0,
    errorTypeStart: ABSENT,
    errorTypeEnd: 0,
    errorMessageStart: ABSENT,
    errorMessageEnd: 0,
    stackStart: ABSENT,
    stackEnd: 0,
  };
}

export function resetLineFields(fields: LineFields): void {
  fields.severity = SEVERITY_UNKNOWN;
  fields.impliedSeverity = SEVERITY_UNKNOWN;
  fields.syslogLevel = ABSENT;
  fields.isGelf = false;
  fields.traceStart = ABSENT;
  fields.traceDecimal = false;
  fields.spanStart = ABSENT;
  fields.spanDecimal = false;
  fields.requestStart = ABSENT;
  fields.userStart = ABSENT;
  fields.errorTypeStart = ABSENT;
  fields.errorMessageStart = ABSENT;
  fields.stackStart = ABSENT;
}

/** Ids longer than this stay in the line only. */
const ID_BYTES = 256;

/** The severity a word or a number means, or SEVERITY_UNKNOWN. */
function severityOf(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] as number;
  if (first >= 0x30 && first <= 0x39) return severityOfLevel(decimal(bytes, start, end));
  return severityOfName(bytes, start, levelNameEnd(bytes, start, end));
}

/** Where the name ends in a level of Go's slog between two named ones: `ERROR+2`, `DEBUG-4` (log/slog, Level.String). */
function levelNameEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && (bytes[at - 1] as number) >= 0x30 && (bytes[at - 1] as number) <= 0x39) at--;
  const sign = at > start && at < end ? bytes[at - 1] : 0;
  return sign === 0x2b || sign === 0x2d ? at - 1 : end;
}

/** The severity a word means (`Information`, `warn`, also OpenTelemetry's `INFO2`), or SEVERITY_UNKNOWN. */
export function severityOfName(bytes: Uint8Array, start: number, end: number): number {
  const last = bytes[end - 1] as number;
  return severityOfWord(bytes, start, last >= 0x32 && last <= 0x34 ? end - 1 : end);
}

function severityOfWord(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 16) return SEVERITY_UNKNOWN;
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + ((bytes[i] as number) | 0x20)) | 0;
  return severityOfHash(hash);
}

/** A decimal number of at most three digits, or -1. */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 3 || end === start) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function syslogDigit(byte: number): number {
  return byte >= 0x30 && byte <= 0x37 ? byte - 0x30 : ABSENT;
}

/** What only the whole line tells: levels of GELF are syslog's (docs.graylog.org, GELF payload specification 1.1). */
export function settleSeverity(fields: LineFields): void {
  if (fields.isGelf && fields.syslogLevel !== ABSENT) fields.severity = severityOfSyslog(fields.syslogLevel);
  if (fields.severity === SEVERITY_UNKNOWN) fields.severity = fields.impliedSeverity;
}

/** Per byte: the value of a hex digit, or NOT_HEX. */
const NOT_HEX = 0x10;
const HEX_VALUES = new Uint8Array(256).fill(NOT_HEX);
for (let digit = 0; digit < 16; digit++) {
  HEX_VALUES[digit.toString(16).charCodeAt(0)] = digit;
  HEX_VALUES[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Whether all are hex digits and any of them is not 0. */
function hexDigits(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  for (let i = start; i < end; i++) seen |= HEX_VALUES[bytes[i] as number] as number;
  return seen > 0 && seen < NOT_HEX;
}

function decimalDigits(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > 20) return false;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x30 || byte > 0x39) return false;
  }
  return true;
}

/**
 * Notes a value for a field, unless the field is known already or the value cannot be one: trace ids are 32 or 16 hex
 * digits, span ids 16, Datadog's also decimal numbers; never all zero.
 */
export function noteField(fields: LineFields, field: number, bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  if (length <= 0) return;
  switch (field) {
    case FIELD_LEVEL:
      if (fields.severity !== SEVERITY_UNKNOWN) return;
      fields.severity = severityOf(bytes, start, end);
      if (length === 1) fields.syslogLevel = syslogDigit(bytes[start] as number);
      return;
    case FIELD_SEVERITY_NUMBER:
      if (fields.severity === SEVERITY_UNKNOWN) fields.severity = severityOfNumber(decimal(bytes, start, end));
      return;
    case FIELD_CLEF_MESSAGE:
      fields.impliedSeverity = SEVERITY_INFO;
      return;
    case FIELD_GELF_MESSAGE:
      fields.isGelf = true;
      return;
    case FIELD_DATADOG_TRACE:
      noteTrace(fields, bytes, start, end, length !== 32);
      return;
    case FIELD_TRACE:
      noteTrace(fields, bytes, start, end, false);
      return;
    case FIELD_GOOGLE_TRACE:
      if (length === 32 || bytes[end - 33] === SLASH) noteTrace(fields, bytes, end - 32, end, false);
      return;
    case FIELD_TRACEPARENT:
      if (length < TRACEPARENT_BYTES) return;
      noteTrace(fields, bytes, start + 3, start + 35, false);
      noteSpan(fields, bytes, start + 36, start + 52, false);
      return;
    case FIELD_DATADOG_SPAN:
      noteSpan(fields, bytes, start, end, true);
      return;
    case FIELD_SPAN:
      noteSpan(fields, bytes, start, end, false);
      return;
    case FIELD_REQUEST:
      if (fields.requestStart !== ABSENT || length > ID_BYTES) return;
      fields.requestStart = start;
      fields.requestEnd = end;
      return;
    case FIELD_USER:
      if (fields.userStart !== ABSENT || length > ID_BYTES) return;
      fields.userStart = start;
      fields.userEnd = end;
      return;
    case FIELD_ERROR_TYPE:
      if (fields.errorTypeStart !== ABSENT || length > ID_BYTES) return;
      fields.errorTypeStart = start;
      fields.errorTypeEnd = end;
      return;
    case FIELD_ERROR_MESSAGE:
      if (fields.errorMessageStart !== ABSENT) return;
      fields.errorMessageStart = start;
      fields.errorMessageEnd = end;
      return;
    case FIELD_STACK:
      if (fields.stackStart !== ABSENT) return;
      fields.stackStart = start;
      fields.stackEnd = end;
      return;
    default:
  }
}

const SLASH = 0x2f;
/** `00-` 32 digits `-` 16 digits `-` 2 digits (w3.org/TR/trace-context, 3.2). */
const TRACEPARENT_BYTES = 55;

function noteTrace(fields: LineFields, bytes: Uint8Array, start: number, end: number, decimal: boolean): void {
  if (fields.traceStart !== ABSENT) return;
  const length = end - start;
  const isId = decimal
    ? decimalDigits(bytes, start, end)
    : (length === 32 || length === 16) && hexDigits(bytes, start, end);
  if (!isId) return;
  fields.traceDecimal = decimal;
  fields.traceStart = start;
  fields.traceEnd = end;
}

function noteSpan(fields: LineFields, bytes: Uint8Array, start: number, end: number, decimal: boolean): void {
  if (fields.spanStart !== ABSENT) return;
  const isId = decimal ? decimalDigits(bytes, start, end) : end - start === 16 && hexDigits(bytes, start, end);
  if (!isId) return;
  fields.spanDecimal = decimal;
  fields.spanStart = start;
  fields.spanEnd = end;
}
