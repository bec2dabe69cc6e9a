import {
  SEVERITY_INFO,
  SEVERITY_NAMES,
  SEVERITY_UNKNOWN,
  severityOfLevel,
  severityOfNumber,
  severityOfSyslog,
} from './severity.ts';

/**
 * What a log record says about itself: level, trace, span, request, user, error, under the names that loggers give them. Found
 * in structured metadata, in the stream's labels or in the line (`log_line.ts`), by one scan over the bytes: no
 * JSON.parse, no string, no object per record.
 */
export const FIELD_NONE = 0;
const FIELD_LEVEL = 1;
const FIELD_TRACE = 2;
const FIELD_SPAN = 3;
const FIELD_REQUEST = 4;
const FIELD_USER = 5;
const FIELD_SEVERITY_NUMBER = 6;
/** Datadog writes ids as decimal numbers. */
const FIELD_DATADOG_TRACE = 7;
const FIELD_DATADOG_SPAN = 8;
/** `projects/PROJECT/traces/ID` of Google Cloud. */
const FIELD_GOOGLE_TRACE = 9;
/** W3C Trace Context: version, trace id, span id and flags. */
const FIELD_TRACEPARENT = 10;
/** A compact log event of Serilog: without a level it is information (clef-json.org). */
const FIELD_CLEF_MESSAGE = 11;
/** From here on values are prose: they may be escaped, and only text is one. */
export const FIRST_FIELD_OF_PROSE = 12;
const FIELD_ERROR_TYPE = 12;
const FIELD_ERROR_MESSAGE = 13;
/** The message of GELF, whose levels are syslog's. */
const FIELD_GELF_MESSAGE = 14;

/** Names in use, folded: lower case and without `_ . -`. Names of nested fields are joined. */
const FIELD_NAMES: readonly (readonly [name: string, field: number])[] = [
  ['level', FIELD_LEVEL],
  ['lvl', FIELD_LEVEL],
  ['severity', FIELD_LEVEL],
  ['severitytext', FIELD_LEVEL],
  ['loglevel', FIELD_LEVEL],
  ['levelname', FIELD_LEVEL],
  ['detectedlevel', FIELD_LEVEL],
  ['@l', FIELD_LEVEL],
  ['severitynumber', FIELD_SEVERITY_NUMBER],
  ['@m', FIELD_CLEF_MESSAGE],
  ['@mt', FIELD_CLEF_MESSAGE],
  ['shortmessage', FIELD_GELF_MESSAGE],
  ['traceid', FIELD_TRACE],
  ['@tr', FIELD_TRACE],
  ['xb3traceid', FIELD_TRACE],
  ['traceparent', FIELD_TRACEPARENT],
  ['logginggoogleapiscom/trace', FIELD_GOOGLE_TRACE],
  ['oteltraceid', FIELD_TRACE],
  ['spanid', FIELD_SPAN],
  ['otelspanid', FIELD_SPAN],
  ['@sp', FIELD_SPAN],
  ['xb3spanid', FIELD_SPAN],
  ['logginggoogleapiscom/spanid', FIELD_SPAN],
  ['ddtraceid', FIELD_DATADOG_TRACE],
  ['ddspanid', FIELD_DATADOG_SPAN],
  ['requestid', FIELD_REQUEST],
  ['xrequestid', FIELD_REQUEST],
  ['httprequestid', FIELD_REQUEST],
  ['reqid', FIELD_REQUEST],
  ['userid', FIELD_USER],
  ['usrid', FIELD_USER],
  ['enduserid', FIELD_USER],
  ...[
    'errortype',
    'errtype',
    'errname',
    'errorname',
    'errorkind',
    'exceptiontype',
    'exceptionclass',
    'exceptionname',
  ].map((name) => [name, FIELD_ERROR_TYPE] as const),
  ...['error', 'err', 'errormessage', 'errmessage', 'exceptionmessage', 'exceptionvalue'].map(
    (name) => [name, FIELD_ERROR_MESSAGE] as const,
  ),
];

/** The names of an object are its own: what it is called says nothing (loguru, log4j, tracing, Serilog, Google Cloud). */
const CONTAINER_PLAIN = 1;
/** The names of an object are joined to what it is called: `trace: {id}` is `trace.id` (ECS, pino-http, Datadog). */
export const CONTAINER_JOINED = 2;

/** Objects in a line that are looked into, by their folded name; others are user data. */
const CONTAINER_NAMES: readonly (readonly [name: string, kind: number])[] = [
  ...[
    'record',
    'extra',
    'fields',
    'context',
    'ctx',
    'mdc',
    'contextmap',
    'threadcontext',
    'properties',
    'attributes',
  ].map((name) => [name, CONTAINER_PLAIN] as const),
  ...[
    'log',
    'level',
    'trace',
    'span',
    'http',
    'httprequest',
    'request',
    'req',
    'user',
    'usr',
    'enduser',
    'dd',
    'otel',
    'error',
    'err',
    'exception',
  ].map((name) => [name, CONTAINER_JOINED] as const),
  ['jsonpayload', CONTAINER_PLAIN],
];

const SLOTS = 1024;

function tableOf(names: readonly (readonly [string, number])[]): {
  readonly hashes: Int32Array;
  readonly values: Uint8Array;
} {
  const hashes = new Int32Array(SLOTS);
  const values = new Uint8Array(SLOTS);
  for (const [name, value] of names) {
    let hash = 0;
    for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + (name.charCodeAt(i) | 0x20)) | 0;
    let slot = hash & (SLOTS - 1);
    while (values[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
    hashes[slot] = hash;
    values[slot] = value;
  }
  return { hashes, values };
}

const FIELDS = tableOf(FIELD_NAMES);
const SEVERITIES = tableOf(SEVERITY_NAMES);
const CONTAINERS = tableOf(CONTAINER_NAMES);

/** The field that a folded name's hash means, or FIELD_NONE. */
export function fieldOfHash(hash: number): number {
  return lookUp(FIELDS, hash);
}

/** How an object under a folded name's hash is looked into; 0: not at all. */
export function containerOfHash(hash: number): number {
  return lookUp(CONTAINERS, hash);
}

/** The severity that a folded word's hash means, or SEVERITY_UNKNOWN. */
export function severityOfHash(hash: number): number {
  return lookUp(SEVERITIES, hash);
}

function lookUp(table: { readonly hashes: Int32Array; readonly values: Uint8Array }, hash: number): number {
  let slot = hash & (SLOTS - 1);
  for (;;) {
    const value = table.values[slot] as number;
    if (value === 0 || table.hashes[slot] === hash) return value;
    slot = (slot + 1) & (SLOTS - 1);
  }
}

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
}

/** Ids longer than this stay in the line only. */
const ID_BYTES = 256;

/** 1 letters and digits (part of names and words), 2 separators inside names (`_ . -`), 0 anything else. */
export const CLASS: Readonly<Uint8Array> = classesOfBytes();

function classesOfBytes(): Uint8Array {
  const classes = new Uint8Array(256);
  for (let byte = 0x30; byte <= 0x39; byte++) classes[byte] = 1;
  for (let byte = 0x41; byte <= 0x5a; byte++) {
    classes[byte] = 1;
    classes[byte | 0x20] = 1;
  }
  for (const byte of [0x5f, 0x2e, 0x2d]) classes[byte] = 2;
  return classes;
}

/** Which field a name means, or FIELD_NONE. Case and the separators `_ . -` do not count. */
export function fieldOfName(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (CLASS[byte] !== 2) hash = (Math.imul(hash, 31) + (byte | 0x20)) | 0;
  }
  return lookUp(FIELDS, hash);
}

/** The severity a word or a number means, or SEVERITY_UNKNOWN. */
function severityOf(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] as number;
  if (first >= 0x30 && first <= 0x39) return severityOfLevel(decimal(bytes, start, end));
  return severityOfName(bytes, start, end);
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
  return lookUp(SEVERITIES, hash);
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
