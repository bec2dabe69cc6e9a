import type { DatasetInfo, DatasetWriter } from './dataset.ts';
import { createRandom, type Random } from './random.ts';
import { field, varintSize, WireBuffer } from './wire.ts';

/** Set T1 of the research, scaled: traces of about ten spans over 15 services, 12 attributes a span and 6 a resource. */
export interface TracesOptions {
  readonly seed: number;
  readonly traces: number;
  readonly services: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly spansPerRequest: number;
}

/** The trace that queries by id ask for, and the customer that attribute search asks for. */
export interface TracesFacts {
  readonly info: DatasetInfo;
  readonly someTraceIds: readonly string[];
}

const ROUTES = Array.from({ length: 20 }, (_, i) => `/v1/route${i}`);

function keyValue(key: string, value: string): Buffer {
  return Buffer.concat([field(1, key), field(2, field(1, value))]);
}

function resource(service: number): Buffer {
  const pairs: readonly (readonly [string, string])[] = [
    ['service.name', `service-${service}`],
    ['service.version', `1.${service}.0`],
    ['k8s.namespace.name', 'prod'],
    ['k8s.pod.name', `service-${service}-abc${service}`],
    ['host.name', `node-${service % 4}`],
    ['deployment.environment.name', 'production'],
  ];
  return field(1, Buffer.concat(pairs.map(([key, value]) => field(1, keyValue(key, value)))));
}

interface SpanDraft {
  readonly service: number;
  readonly bytes: Buffer;
}

function span(
  random: Random,
  traceId: Buffer,
  spanId: Buffer,
  parent: Buffer | null,
  startNs: bigint,
  durationNs: bigint,
  isRoot: boolean,
): Buffer {
  const route = random.pick(ROUTES);
  const failed = random.next() < 0.02;
  const attributes: readonly (readonly [string, string])[] = [
    ['http.request.method', random.pick(['GET', 'POST'])],
    ['http.route', route],
    ['url.path', `${route}/${random.integer(1000)}`],
    ['http.response.status_code', failed ? '500' : '200'],
    ['server.address', `10.0.0.${random.integer(20)}`],
    ['user.id', `u${random.integer(50_000)}`],
    ['tenant', `t${random.integer(40)}`],
    ['db.system.name', 'postgresql'],
    ['db.query.text', `SELECT * FROM payments WHERE id = $${random.integer(9)}`],
    ['thread.name', `worker-${random.integer(16)}`],
    ['messaging.destination.name', `topic-${random.integer(8)}`],
    ['feature.flag', random.pick(['on', 'off'])],
  ];
  const times = Buffer.alloc(18);
  times[0] = 0x39;
  times.writeBigUInt64LE(startNs, 1);
  times[9] = 0x41;
  times.writeBigUInt64LE(startNs + durationNs, 10);
  return Buffer.concat([
    field(1, traceId),
    field(2, spanId),
    ...(parent === null ? [] : [field(4, parent)]),
    field(5, `${isRoot ? 'GET' : 'call'} ${route}`),
    Buffer.from([0x30, isRoot ? 2 : 3]),
    times,
    ...attributes.map(([key, value]) => field(9, keyValue(key, value))),
    ...(failed ? [field(15, Buffer.from([0x18, 0x02]))] : []),
  ]);
}

/** Writes OTLP trace requests (protobuf, not compressed); the spans of a trace are spread over neighbouring requests. */
export function generateTraces(options: TracesOptions, out: DatasetWriter): TracesFacts {
  const random = createRandom(options.seed);
  const resources = Array.from({ length: options.services }, (_, service) => resource(service));
  const someTraceIds: string[] = [];
  let pending: SpanDraft[] = [];
  const flush = (): void => {
    if (pending.length === 0) return;
    const body = requestBody(pending, resources);
    out.add(body, pending.length, body.length);
    pending = [];
  };
  const stepMs = (options.toMs - options.fromMs) / options.traces;
  for (let i = 0; i < options.traces; i++) {
    const traceId = Buffer.from(random.hex(32), 'hex');
    if (i % Math.max(1, Math.floor(options.traces / 20)) === 0) someTraceIds.push(traceId.toString('hex'));
    const start = BigInt(Math.floor(options.fromMs + i * stepMs)) * 1_000_000n;
    const slow = random.next() < 0.003 ? 20n : 1n;
    const count = Math.max(
      1,
      Math.min(60, Math.round(10 * Math.exp((random.next() + random.next() + random.next() - 1.5) * 0.8))),
    );
    const rootNs = BigInt(20_000_000 + random.integer(180_000_000)) * slow;
    const ids = Array.from({ length: count }, () => Buffer.from(random.hex(16), 'hex'));
    for (let n = 0; n < count; n++) {
      const share = BigInt(1 + random.integer(80));
      const parent = n === 0 ? null : (ids[random.integer(n)] ?? null);
      const duration = n === 0 ? rootNs : (rootNs * share) / 100n;
      const offset = n === 0 ? 0n : (rootNs * BigInt(random.integer(20))) / 100n;
      const bytes = span(random, traceId, ids[n] as Buffer, parent, start + offset, duration, n === 0);
      pending.push({ service: n === 0 ? i % options.services : random.integer(options.services), bytes });
      if (pending.length >= options.spansPerRequest) flush();
    }
  }
  flush();
  return { info: out.finish(), someTraceIds };
}

function requestBody(spans: readonly SpanDraft[], resources: readonly Buffer[]): Buffer {
  const byService = new Map<number, Buffer[]>();
  for (const { service, bytes } of spans) {
    const list = byService.get(service) ?? [];
    list.push(bytes);
    byService.set(service, list);
  }
  const total = spans.reduce((sum, { bytes }) => sum + bytes.length + 6, 0) + byService.size * 512;
  const wire = new WireBuffer(total + 1024);
  for (const [service, list] of byService) {
    const scope = list.reduce((sum, bytes) => sum + 1 + varintSize(bytes.length) + bytes.length, 0);
    const head = resources[service] as Buffer;
    wire.byte(0x0a);
    wire.varint(head.length + 1 + varintSize(scope) + scope);
    wire.raw(head);
    wire.byte(0x12);
    wire.varint(scope);
    for (const bytes of list) {
      wire.byte(0x12);
      wire.varint(bytes.length);
      wire.raw(bytes);
    }
  }
  return wire.view();
}
