import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { snappyCompress } from '../../../server/src/base/snappy.ts';
import {
  fluentJson,
  lokiJson,
  lokiProtobuf,
  otlpLogs,
  otlpMetrics,
  otlpTraces,
  type Payloads,
  remoteWrite1,
  remoteWrite2,
} from './captures.ts';
import type { Answer } from './http_client.ts';
import { decodeMessage } from './messages.ts';

type Headers = Readonly<Record<string, string>>;

/** One way in over HTTP: what a good client sends there, and the shape every answer must have. */
export interface Door {
  readonly name: string;
  readonly signal: 'metrics' | 'logs' | 'traces';
  readonly path: string;
  readonly headers: Headers;
  readonly payloads: Payloads;
  /** As the door's clients compress bodies. */
  readonly compress: (body: Buffer) => Uint8Array;
  /** Throws when an answer is not of the protocol's shape. */
  readonly checkShape: (answer: Answer) => void;
}

const LONGEST_ANSWER_BYTES = 1024;
const TEXT = 'text/plain; charset=utf-8';

const snappy = (body: Buffer): Uint8Array => snappyCompress(body);
const plain = (body: Buffer): Uint8Array => body;

function contentType({ headers }: Answer): string {
  return String(headers['content-type'] ?? '');
}

/** Prometheus: nothing, or a text that says why; how much was written in headers either way. */
function checkRemoteWrite(answer: Answer): void {
  assert.match(String(answer.headers['x-prometheus-remote-write-samples-written']), /^\d+$/);
  checkText(answer);
}

function checkText(answer: Answer): void {
  if (answer.status === 204) assert.equal(answer.body.length, 0);
  else {
    assert.equal(contentType(answer), TEXT);
    assert.ok(answer.body.length > 1, 'the refusal says nothing');
  }
}

/** Fluent over http: nothing, or why as JSON. */
function checkFluent(answer: Answer): void {
  if (answer.status === 204) assert.equal(answer.body.length, 0);
  else assert.match((JSON.parse(answer.body.toString()) as { error: string }).error, /./);
}

/** OTLP: an export response on 200, else a google.rpc.Status; both in the format of the answer's content type. */
function checkOtlp(answer: Answer): void {
  const json = contentType(answer) === 'application/json';
  if (!json) assert.equal(contentType(answer), 'application/x-protobuf');
  if (answer.status === 200) {
    if (json) assert.deepEqual(Object.keys(JSON.parse(answer.body.toString())).filter(notPartial), []);
    else decodeMessage('otlp.Response', answer.body);
    return;
  }
  const status = json ? JSON.parse(answer.body.toString()) : decodeMessage('otlp.RpcStatus', answer.body);
  assert.equal(typeof status.code, 'number');
  assert.ok(status.message.length > 0);
}

const notPartial = (key: string): boolean => key !== 'partialSuccess';

/** What holds for every answer to whatever a client sends: its own fault or stored, short, in the protocol's shape. */
export function checkAnswer(door: Door, answer: Answer): void {
  const { status } = answer;
  assert.ok((status >= 200 && status < 300) || (status >= 400 && status < 500), `status ${status}: ${answer.body}`);
  assert.notEqual(status, 404);
  assert.notEqual(status, 429);
  assert.ok(answer.body.length <= LONGEST_ANSWER_BYTES, `answer of ${answer.body.length} bytes`);
  door.checkShape(answer);
}

const otlpDoor = (
  signal: Door['signal'],
  format: 'protobuf' | 'json',
  make: (door: string, format: 'protobuf' | 'json') => Payloads,
): Door => {
  const name = `otlp-${signal}-${format}`;
  return {
    name,
    signal,
    path: `/v1/${signal}`,
    headers: {
      'content-type': format === 'json' ? 'application/json' : 'application/x-protobuf',
      'content-encoding': 'gzip',
    },
    payloads: make(name, format),
    compress: (body) => gzipSync(body, { level: 1 }),
    checkShape: checkOtlp,
  };
};

export const DOORS: readonly Door[] = [
  {
    name: 'remote-write-1',
    signal: 'metrics',
    path: '/api/v1/write',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
    payloads: remoteWrite1('remote-write-1'),
    compress: snappy,
    checkShape: checkRemoteWrite,
  },
  {
    name: 'remote-write-2',
    signal: 'metrics',
    path: '/api/v1/write',
    headers: {
      'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
      'content-encoding': 'snappy',
    },
    payloads: remoteWrite2('remote-write-2'),
    compress: snappy,
    checkShape: checkRemoteWrite,
  },
  {
    name: 'loki-protobuf',
    signal: 'logs',
    path: '/loki/api/v1/push',
    headers: { 'content-type': 'application/x-protobuf' },
    payloads: lokiProtobuf('loki-protobuf'),
    compress: snappy,
    checkShape: checkText,
  },
  {
    name: 'loki-json',
    signal: 'logs',
    path: '/loki/api/v1/push',
    headers: { 'content-type': 'application/json' },
    payloads: lokiJson('loki-json'),
    compress: plain,
    checkShape: checkText,
  },
  {
    name: 'fluent-json',
    signal: 'logs',
    path: '/fluent',
    headers: { 'content-type': 'application/x-ndjson' },
    payloads: fluentJson('fluent-json'),
    compress: plain,
    checkShape: checkFluent,
  },
  otlpDoor('metrics', 'protobuf', otlpMetrics),
  otlpDoor('metrics', 'json', otlpMetrics),
  otlpDoor('logs', 'protobuf', otlpLogs),
  otlpDoor('logs', 'json', otlpLogs),
  otlpDoor('traces', 'protobuf', otlpTraces),
  otlpDoor('traces', 'json', otlpTraces),
];

/** The door of that name. */
export function doorNamed(name: string): Door {
  const door = DOORS.find((candidate) => candidate.name === name);
  if (door === undefined) throw new Error(`no door ${name}`);
  return door;
}
