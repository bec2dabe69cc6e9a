import { SEVERITY_NAMES } from './severity.ts';

/**
 * What a log record says about itself: level, trace, span, request, user, error, under the names that loggers give them. Found
 * in structured metadata, in the stream's labels or in the line (`log_line.ts`), by one scan over the bytes: no
 * JSON.parse, no string, no object per record.
 */
export const FIELD_NONE = 0;
export const FIELD_LEVEL = 1;
export const FIELD_TRACE = 2;
export const FIELD_SPAN = 3;
export const FIELD_REQUEST = 4;
export const FIELD_USER = 5;
export const FIELD_SEVERITY_NUMBER = 6;
/** Datadog writes ids as decimal numbers. */
export const FIELD_DATADOG_TRACE = 7;
export const FIELD_DATADOG_SPAN = 8;
/** `projects/PROJECT/traces/ID` of Google Cloud. */
export const FIELD_GOOGLE_TRACE = 9;
/** W3C Trace Context: version, trace id, span id and flags. */
export const FIELD_TRACEPARENT = 10;
/** A compact log event of Serilog: without a level it is information (clef-json.org). */
export const FIELD_CLEF_MESSAGE = 11;
/** From here on values are prose: they may be escaped, and only text is one. */
export const FIRST_FIELD_OF_PROSE = 12;
export const FIELD_ERROR_TYPE = 12;
export const FIELD_ERROR_MESSAGE = 13;
/** The message of GELF, whose levels are syslog's. */
export const FIELD_GELF_MESSAGE = 14;
/** A stack as text; its head names the error. */
export const FIELD_STACK = 15;

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
    'exceptionexctype',
    'throwableclassname',
    'thrownname',
  ].map((name) => [name, FIELD_ERROR_TYPE] as const),
  ...[
    'error',
    'err',
    'errormessage',
    'errmessage',
    'exceptionmessage',
    'exceptionvalue',
    'exceptionexcvalue',
    'throwablemessage',
    'thrownmessage',
  ].map((name) => [name, FIELD_ERROR_MESSAGE] as const),
  ...[
    'stack',
    'stacktrace',
    '@x',
    'exception',
    'excinfo',
    'errorstack',
    'errorstacktrace',
    'errstack',
    'exceptionstacktrace',
  ].map((name) => [name, FIELD_STACK] as const),
];

/** The names of an object are its own: what it is called says nothing (loguru, log4j, tracing, Serilog, Google Cloud). */
const CONTAINER_PLAIN = 1;
/** The names of an object are joined to what it is called: `trace: {id}` is `trace.id` (ECS, pino-http, Datadog). */
export const CONTAINER_JOINED = 2;
/** Added: a list of such objects counts too (structlog's tracebacks, scopes of .NET). */
export const CONTAINER_LIST = 4;

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
    'throwable',
    'thrown',
  ].map((name) => [name, CONTAINER_JOINED] as const),
  ['exception', CONTAINER_JOINED + CONTAINER_LIST],
  ['jsonpayload', CONTAINER_PLAIN],
  ['labels', CONTAINER_PLAIN],
  ['logginggoogleapiscom/labels', CONTAINER_PLAIN],
  ['state', CONTAINER_PLAIN],
  ['scopes', CONTAINER_PLAIN + CONTAINER_LIST],
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
