import { createHash } from 'node:crypto';
import { snappyCompress } from '../../../server/src/base/snappy.ts';

/**
 * Items that describe themselves: from its place alone follows what an item must be, so that an answer is checked without
 * remembering what was sent. Item `k` of a signal is the k-th ever made, request `r` holds items [r × size, (r + 1) × size).
 */
export type SignalName = 'samples' | 'logs' | 'spans';

export interface Request {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface Signal {
  readonly name: SignalName;
  readonly itemsPerRequest: number;
  request(index: number): Request;
}

export const SERIES = 10;
export const SAMPLES_PER_SERIES = 20;
export const LINES = 100;
export const SPANS = 40;

/** Where in time and under what name a whole test run lies. */
export interface RunId {
  readonly run: string;
  /** Items start here and go on by one millisecond (samples) or microsecond (lines) each; ms since the epoch. */
  readonly baseMs: number;
}

export function sampleValue(series: number, k: number): number {
  return series * 1_000_000_000 + k + 0.25;
}

export function logLine(id: RunId, k: number): string {
  const check = createHash('sha1').update(`${id.run} ${k}`).digest('hex').slice(0, 8);
  return `{"run":"${id.run}","item":${k},"check":"${check}"}`;
}

export function logTimeNs(id: RunId, k: number): bigint {
  return BigInt(id.baseMs) * 1_000_000n + BigInt(k) * 1000n;
}

export function traceId(id: RunId, request: number): string {
  return createHash('sha1').update(`${id.run} trace ${request}`).digest('hex').slice(0, 32);
}

export function spanId(k: number): string {
  return (k + 1).toString(16).padStart(16, '0');
}

/** The three signals of a run, each through the door its real clients use. */
export function signalsOf(id: RunId): readonly Signal[] {
  return [
    { name: 'samples', itemsPerRequest: SERIES * SAMPLES_PER_SERIES, request: (r) => remoteWrite(id, r) },
    { name: 'logs', itemsPerRequest: LINES, request: (r) => lokiPush(id, r) },
    { name: 'spans', itemsPerRequest: SPANS, request: (r) => otlpTraces(id, r) },
  ];
}

function remoteWrite(id: RunId, request: number): Request {
  const series = Array.from({ length: SERIES }, (_, s) => {
    const labels = [
      ['__name__', 'crash_items'],
      ['run', id.run],
      ['series', String(s)],
    ].map(([name = '', value = '']) => message(1, Buffer.concat([text(1, name), text(2, value)])));
    const samples = Array.from({ length: SAMPLES_PER_SERIES }, (_, i) => {
      const k = request * SAMPLES_PER_SERIES + i;
      const value = Buffer.alloc(9);
      value[0] = 0x09;
      value.writeDoubleLE(sampleValue(s, k), 1);
      return message(2, Buffer.concat([value, Buffer.from([0x10]), varint(BigInt(id.baseMs + k))]));
    });
    return message(1, Buffer.concat([...labels, ...samples]));
  });
  return {
    path: '/api/v1/write',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: snappyCompress(Buffer.concat(series)),
  };
}

function lokiPush(id: RunId, request: number): Request {
  const values = Array.from({ length: LINES }, (_, i) => {
    const k = request * LINES + i;
    return [String(logTimeNs(id, k)), logLine(id, k)];
  });
  return {
    path: '/loki/api/v1/push',
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode(
      JSON.stringify({ streams: [{ stream: { service_name: 'crash', run: id.run }, values }] }),
    ),
  };
}

function otlpTraces(id: RunId, request: number): Request {
  const startNs = BigInt(id.baseMs) * 1_000_000n + BigInt(request) * 1_000_000n;
  const spans = Array.from({ length: SPANS }, (_, i) => {
    const k = request * SPANS + i;
    return {
      traceId: traceId(id, request),
      spanId: spanId(k),
      ...(i === 0 ? {} : { parentSpanId: spanId(request * SPANS) }),
      name: `item ${k}`,
      kind: 1,
      startTimeUnixNano: String(startNs + BigInt(i) * 1000n),
      endTimeUnixNano: String(startNs + BigInt(i) * 1000n + 500n),
      attributes: [{ key: 'item', value: { intValue: String(k) } }],
    };
  });
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'crash' } }] };
  return {
    path: '/v1/traces',
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode(
      JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'crash' }, spans }] }] }),
    ),
  };
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

function message(field: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2]), varint(BigInt(body.length)), body]);
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}
