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
  /** Spans of every trace; about ten when not given. */
  readonly spansPerTrace?: number;
  /** Whole days before `fromMs` that have traces too, a fiftieth as many each: their partitions and parts are there, not their size. */
  readonly earlierDays?: number;
}

/** The trace that queries by id ask for, and the customer that attribute search asks for. */
export interface TracesFacts {
  readonly info: DatasetInfo;
  /** Oldest first. */
  readonly someTraceIds: readonly string[];
}

/** Traces that begin at equal distances. */
interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly traces: number;
}

const DAY_MS = 86_400_000;
const EARLIER_SHARE = 1 / 50;

function stretchesOf({ earlierDays = 0, fromMs, toMs, traces }: TracesOptions): Stretch[] {
  const few = Math.max(1, Math.round(traces * EARLIER_SHARE));
  const earlier = Array.from({ length: earlierDays }, (_, i) => {
    const start = fromMs - (earlierDays - i) * DAY_MS;
    return { fromMs: start, toMs: start + (toMs - fromMs), traces: few };
  });
  return [...earlier, { fromMs, toMs, traces }];
}

const ROUTES = Array.from({ length: 20 }, (_, i) => `/v1/route${i}`);
const PATHS_PER_ROUTE = 1000;
/** Longer than any span with these attributes, bytes. */
const LONGEST_SPAN_BYTES = 1024;
const LONGEST_RESOURCE_BYTES = 512;
const MOST_SPANS = 60;
const TWO_32 = 4_294_967_296;

function keyValue(key: string, value: string): Buffer {
  return Buffer.concat([field(1, key), field(2, field(1, value))]);
}

/** Fields encoded once and copied into every span that has them, one after another in one buffer. */
interface Variants {
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
  readonly count: number;
}

function variants(fields: readonly Buffer[]): Variants {
  const starts = new Uint32Array(fields.length + 1);
  fields.forEach((bytes, i) => {
    starts[i + 1] = (starts[i] as number) + bytes.length;
  });
  return { bytes: Buffer.concat(fields), starts, count: fields.length };
}

/** A span attribute with `count` values. */
function attribute(key: string, count: number, value: (i: number) => string): Variants {
  return variants(Array.from({ length: count }, (_, i) => field(9, keyValue(key, value(i)))));
}

function put(wire: WireBuffer, { bytes, starts }: Variants, i: number): void {
  wire.copy(bytes, starts[i] as number, starts[i + 1] as number);
}

const KINDS = { root: Buffer.from([0x30, 2]), call: Buffer.from([0x30, 3]) } as const;
const FAILED = field(15, Buffer.from([0x18, 0x02]));

/** Everything of a span but its ids and times. */
interface SpanFields {
  readonly rootNames: Variants;
  readonly callNames: Variants;
  readonly routes: Variants;
  readonly paths: Variants;
  readonly statuses: Variants;
  /** Attributes whose values come by chance alone, before and behind the ones above. */
  readonly methods: Variants;
  readonly others: readonly Variants[];
}

function spanFields(): SpanFields {
  return {
    rootNames: variants(ROUTES.map((route) => Buffer.concat([field(5, `GET ${route}`), KINDS.root]))),
    callNames: variants(ROUTES.map((route) => Buffer.concat([field(5, `call ${route}`), KINDS.call]))),
    methods: attribute('http.request.method', 2, (i) => (i === 0 ? 'GET' : 'POST')),
    routes: attribute('http.route', ROUTES.length, (i) => ROUTES[i] as string),
    paths: attribute(
      'url.path',
      ROUTES.length * PATHS_PER_ROUTE,
      (i) => `${ROUTES[Math.floor(i / PATHS_PER_ROUTE)]}/${i % PATHS_PER_ROUTE}`,
    ),
    statuses: attribute('http.response.status_code', 2, (i) => (i === 0 ? '200' : '500')),
    others: [
      attribute('server.address', 20, (i) => `10.0.0.${i}`),
      attribute('user.id', 50_000, (i) => `u${i}`),
      attribute('tenant', 40, (i) => `t${i}`),
      attribute('db.system.name', 1, () => 'postgresql'),
      attribute('db.query.text', 9, (i) => `SELECT * FROM payments WHERE id = $${i}`),
      attribute('thread.name', 16, (i) => `worker-${i}`),
      attribute('messaging.destination.name', 8, (i) => `topic-${i}`),
      attribute('feature.flag', 2, (i) => (i === 0 ? 'on' : 'off')),
    ],
  };
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

/** Spans of one request, in the order they were made: their bytes and the services they belong to. */
interface Pending {
  readonly wire: WireBuffer;
  readonly ends: Uint32Array;
  readonly services: Uint32Array;
  count: number;
}

/** Appends `count` random bytes with their tag and length, and returns the position of the bytes. */
function putId(wire: WireBuffer, random: Random, tag: number, count: 8 | 16): number {
  wire.byte(tag);
  wire.byte(count);
  const start = wire.length;
  for (let at = 0; at < count; at += 8) wire.words(random.word(), random.word());
  return start;
}

/** A fixed64 field of `offsetNs` after the time with these halves. */
function putTime(wire: WireBuffer, tag: number, low: number, high: number, offsetNs: number): void {
  const sum = low + offsetNs;
  wire.byte(tag);
  wire.words(sum % TWO_32, high + Math.floor(sum / TWO_32));
}

function putAttributes(wire: WireBuffer, random: Random, fields: SpanFields, route: number, failed: boolean): void {
  put(wire, fields.methods, random.integer(2));
  put(wire, fields.routes, route);
  put(wire, fields.paths, route * PATHS_PER_ROUTE + random.integer(PATHS_PER_ROUTE));
  put(wire, fields.statuses, failed ? 1 : 0);
  for (const one of fields.others) put(wire, one, one.count === 1 ? 0 : random.integer(one.count));
}

/** Bytes of an id field of a span: tag, length and eight bytes. */
const SPAN_ID_FIELD = 10;

/** What the spans of one trace share. */
interface Trace {
  /** Its id as a field. */
  readonly id: WireBuffer;
  /** The ids of its spans so far, as fields. */
  readonly spanIds: WireBuffer;
  startLow: number;
  startHigh: number;
  rootNs: number;
}

/** Span number `n` of a trace; 0 is the root, the others have a parent among those before. */
function putSpan(wire: WireBuffer, random: Random, fields: SpanFields, trace: Trace, n: number): void {
  const { id, spanIds, startLow, startHigh, rootNs } = trace;
  wire.copy(id.bytes, 0, id.length);
  const own = putId(spanIds, random, 0x12, 8) - 2;
  wire.copy(spanIds.bytes, own, own + SPAN_ID_FIELD);
  if (n > 0) {
    const parent = random.integer(n) * SPAN_ID_FIELD;
    wire.byte(0x22);
    wire.copy(spanIds.bytes, parent + 1, parent + SPAN_ID_FIELD);
  }
  const route = random.integer(ROUTES.length);
  put(wire, n === 0 ? fields.rootNames : fields.callNames, route);
  const offsetNs = n === 0 ? 0 : Math.floor((rootNs * random.integer(20)) / 100);
  const durationNs = n === 0 ? rootNs : Math.floor((rootNs * (1 + random.integer(80))) / 100);
  putTime(wire, 0x39, startLow, startHigh, offsetNs);
  putTime(wire, 0x41, startLow, startHigh, offsetNs + durationNs);
  const failed = random.next() < 0.02;
  putAttributes(wire, random, fields, route, failed);
  if (failed) wire.copy(FAILED, 0, FAILED.length);
}

/** Writes OTLP trace requests (protobuf, not compressed); the spans of a trace are spread over neighbouring requests. */
export function generateTraces(options: TracesOptions, out: DatasetWriter): TracesFacts {
  const { seed, services, spansPerRequest, spansPerTrace } = options;
  const stretches = stretchesOf(options);
  const traces = stretches.reduce((sum, stretch) => sum + stretch.traces, 0);
  const random = createRandom(seed);
  const fields = spanFields();
  const resources = Array.from({ length: services }, (_, service) => resource(service));
  const body = new WireBuffer(spansPerRequest * LONGEST_SPAN_BYTES + services * LONGEST_RESOURCE_BYTES);
  const pending: Pending = {
    wire: new WireBuffer(spansPerRequest * LONGEST_SPAN_BYTES),
    ends: new Uint32Array(spansPerRequest),
    services: new Uint32Array(spansPerRequest),
    count: 0,
  };
  const flush = (): void => {
    if (pending.count === 0) return;
    putRequest(body, pending, resources);
    out.add(body.view(), pending.count, body.length);
    pending.wire.length = pending.count = 0;
  };
  const someTraceIds: string[] = [];
  const everyTrace = Math.max(1, Math.floor(traces / 20));
  const starts = stretches.flatMap(({ fromMs, toMs, traces: count }) =>
    Array.from({ length: count }, (_, i) => Math.floor(fromMs + (i * (toMs - fromMs)) / count)),
  );
  const spanIds = new WireBuffer((spansPerTrace ?? MOST_SPANS) * SPAN_ID_FIELD);
  const trace: Trace = { id: new WireBuffer(18), spanIds, startLow: 0, startHigh: 0, rootNs: 0 };
  for (let i = 0; i < traces; i++) {
    trace.id.length = spanIds.length = 0;
    const idAt = putId(trace.id, random, 0x0a, 16);
    if (i % everyTrace === 0) someTraceIds.push(trace.id.bytes.toString('hex', idAt, idAt + 16));
    const startNs = BigInt(starts[i] as number) * 1_000_000n;
    trace.startLow = Number(startNs & 0xffff_ffffn);
    trace.startHigh = Number(startNs >> 32n);
    const slow = random.next() < 0.003 ? 20 : 1;
    const count = spansPerTrace ?? spanCount(random);
    trace.rootNs = (20_000_000 + random.integer(180_000_000)) * slow;
    for (let n = 0; n < count; n++) {
      putSpan(pending.wire, random, fields, trace, n);
      pending.services[pending.count] = n === 0 ? i % services : random.integer(services);
      pending.ends[pending.count++] = pending.wire.length;
      if (pending.count >= spansPerRequest) flush();
    }
  }
  flush();
  return { info: out.finish(), someTraceIds };
}

/** About ten spans a trace, one at least and `MOST_SPANS` at most. */
function spanCount(random: Random): number {
  const spread = random.next() + random.next() + random.next() - 1.5;
  return Math.max(1, Math.min(MOST_SPANS, Math.round(10 * Math.exp(spread * 0.8))));
}

/** The request of the pending spans: one ResourceSpans with one ScopeSpans for each service among them. */
function putRequest(body: WireBuffer, pending: Pending, resources: readonly Buffer[]): void {
  body.length = 0;
  const { ends, services, count, wire } = pending;
  const lengthOf = (i: number): number => (ends[i] as number) - (i === 0 ? 0 : (ends[i - 1] as number));
  resources.forEach((head, service) => {
    let scope = 0;
    for (let i = 0; i < count; i++) {
      if (services[i] === service) scope += 1 + varintSize(lengthOf(i)) + lengthOf(i);
    }
    if (scope === 0) return;
    body.byte(0x0a);
    body.varint(head.length + 1 + varintSize(scope) + scope);
    body.raw(head);
    body.byte(0x12);
    body.varint(scope);
    for (let i = 0; i < count; i++) {
      if (services[i] !== service) continue;
      const length = lengthOf(i);
      body.byte(0x12);
      body.varint(length);
      body.copy(wire.bytes, (ends[i] as number) - length, ends[i] as number);
    }
  });
}
