/** Deterministic telemetry of a small shop, sent through the doors real senders use. */
import { until } from './program.ts';

const everyMs = 5000;
const traces = 240;
const sampleEveryMs = 15_000;

/** One request of the shop: a trace over three services and its log lines. */
export interface ShopRequest {
  readonly at: number;
  readonly ms: number;
  readonly traceId: string;
  readonly failed: boolean;
  /** The log lines that carry the trace id, in order. */
  readonly lines: readonly string[];
}

export const shopService = 'checkout';
export const shopMetric = 'shop_requests_total';
/** What would run if text of the telemetry were ever taken for HTML. */
export const hostile = '<img src=x onerror="window.__hacked=1">';

/** Twenty minutes of requests that end at `endMs`; each fifth one fails. */
function shopRequests(endMs: number): readonly ShopRequest[] {
  return Array.from({ length: traces }, (_, at) => {
    const failed = at % 5 === 4;
    return {
      at,
      ms: endMs - (traces - at) * everyMs,
      traceId: hex(at + 1, 32),
      failed,
      lines: [
        `order ${at} received`,
        `risk of order ${at} is ${at % 100}`,
        failed ? `order ${at} refused: card declined` : `order ${at} paid`,
      ],
    };
  });
}

/** Sends the shop's traces, logs and metrics and waits until every one can be asked for. */
export async function sendShop(url: string, endMs: number): Promise<readonly ShopRequest[]> {
  const requests = shopRequests(endMs);
  for (let at = 0; at < requests.length; at += 60) {
    await sendSpans(url, requests.slice(at, at + 60).flatMap(spansOf));
  }
  await sendLogs(url, requests.flatMap(linesOf));
  await sendCounters(url, requests, endMs);
  const last = requests.at(-1);
  if (last !== undefined) await untilStored(url, last.traceId, 3);
  await until('the metric is stored', async () => {
    const params = new URLSearchParams({ query: `count(${shopMetric})`, time: String(endMs / 1000) });
    const answer = await getJson(`${url}/prometheus/api/v1/query?${params}`);
    return JSON.stringify(answer).includes('"value"');
  });
  return requests;
}

/** Waits until a trace and so many of its log lines can be asked for. */
export async function untilStored(url: string, traceId: string, lines: number): Promise<void> {
  await until(`trace ${traceId} is stored`, async () => {
    const trace = (await getJson(`${url}/api/traces/${traceId}`)) as { readonly logs: readonly unknown[] };
    return trace.logs.length === lines;
  });
}

export interface SpanToSend {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly failed?: boolean;
  /** OTLP's number: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. By default a root serves and others call. */
  readonly kind?: number;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly events?: readonly {
    readonly ms: number;
    readonly name: string;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
  readonly linksTo?: string;
}

export interface LineToSend {
  readonly labels: Readonly<Record<string, string>>;
  readonly ms: number;
  readonly line: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Sends spans by OTLP/HTTP as JSON. */
export async function sendSpans(url: string, spans: readonly SpanToSend[]): Promise<void> {
  const resourceSpans = [...Map.groupBy(spans, (span) => span.service)].map(([service, own]) => ({
    resource: { attributes: [attribute('service.name', service)] },
    scopeSpans: [{ scope: { name: 'shop' }, spans: own.map(otlpSpan) }],
  }));
  await post(`${url}/v1/traces`, { resourceSpans });
}

/** Pushes log lines as Loki's clients do, with structured metadata. */
export async function sendLogs(url: string, lines: readonly LineToSend[]): Promise<void> {
  const streams = [...Map.groupBy(lines, (line) => JSON.stringify(line.labels))].map(([labels, own]) => ({
    stream: JSON.parse(labels) as unknown,
    values: own.map((one) => [nanos(one.ms), one.line, one.metadata]),
  }));
  await post(`${url}/loki/api/v1/push`, { streams });
}

/** `value` as that many hexadecimal digits. */
export function hex(value: number, digits: number): string {
  return `a${value.toString(16).padStart(digits - 1, '0')}`;
}

function spansOf(request: ShopRequest): SpanToSend[] {
  const id = (which: number): string => hex(request.at * 8 + which, 16);
  const span = { traceId: request.traceId, failed: request.failed };
  const durationMs = 40 + (request.at % 7) * 10;
  return [
    {
      ...span,
      service: shopService,
      name: 'POST /pay',
      spanId: id(1),
      parentSpanId: '',
      startMs: request.ms,
      durationMs,
    },
    {
      ...span,
      service: 'risk',
      name: 'score',
      spanId: id(2),
      parentSpanId: id(1),
      startMs: request.ms + 5,
      durationMs: 15,
      failed: false,
    },
    {
      ...span,
      service: 'ledger',
      name: 'book',
      spanId: id(3),
      parentSpanId: id(1),
      startMs: request.ms + 21,
      durationMs: 15,
    },
  ];
}

function linesOf(request: ShopRequest): LineToSend[] {
  const services = [shopService, 'risk', shopService];
  const spans = [1, 2, 1];
  return request.lines.map((line, at) => ({
    labels: { service: services[at] ?? '', level: at === 2 && request.failed ? 'ERROR' : 'INFO' },
    ms: request.ms + 3 + at * 9,
    line,
    metadata: { trace_id: request.traceId, span_id: hex(request.at * 8 + (spans[at] ?? 1), 16) },
  }));
}

/** The shop's counter by status as cumulative sums; each point of the failures carries an exemplar. */
async function sendCounters(url: string, requests: readonly ShopRequest[], endMs: number): Promise<void> {
  const first = requests[0]?.ms ?? endMs;
  const point = (status: string, failed: boolean, ms: number) => {
    const counted = requests.filter((one) => one.failed === failed && one.ms <= ms);
    const last = counted.at(-1);
    return {
      attributes: [attribute('status', status)],
      startTimeUnixNano: nanos(first - 1),
      timeUnixNano: nanos(ms),
      asDouble: counted.length,
      exemplars:
        last === undefined || !failed
          ? []
          : [{ timeUnixNano: nanos(last.ms), asDouble: 1, traceId: last.traceId, spanId: hex(last.at * 8 + 1, 16) }],
    };
  };
  const times: number[] = [];
  for (let ms = first; ms <= endMs; ms += sampleEveryMs) times.push(ms);
  const dataPoints = times.flatMap((ms) => [point('200', false, ms), point('402', true, ms)]);
  const metric = { name: 'shop_requests', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } };
  const resource = { attributes: [attribute('service.name', shopService)] };
  await post(`${url}/v1/metrics`, { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [metric] }] }] });
}

/** Native histograms of how long paying takes, as exponential histograms of OTLP, and a gauge of open payments. */
export async function sendPayDurations(url: string, endMs: number): Promise<void> {
  const times = Array.from({ length: 40 }, (_, at) => endMs - (39 - at) * sampleEveryMs);
  const durations = times.map((ms, at) => ({
    startTimeUnixNano: nanos((times[0] ?? ms) - 1),
    timeUnixNano: nanos(ms),
    count: String(6 * (at + 1)),
    sum: 3 * (at + 1),
    scale: 0,
    zeroCount: '0',
    positive: { offset: -3, bucketCounts: [1, 2, 3].map((count) => String(count * (at + 1))) },
  }));
  const histogram = { aggregationTemporality: 2, dataPoints: durations };
  const gauge = { dataPoints: times.map((ms, at) => ({ timeUnixNano: nanos(ms), asDouble: at % 7 })) };
  const metrics = [
    { name: 'pay.duration', unit: 's', exponentialHistogram: histogram },
    { name: 'pay_duration_open', gauge },
  ];
  const resource = { attributes: [attribute('service.name', shopService)] };
  await post(`${url}/v1/metrics`, { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
  await until('the histograms are stored', async () => {
    const params = new URLSearchParams({ query: 'count(pay_duration_seconds)', time: String(endMs / 1000) });
    return JSON.stringify(await getJson(`${url}/prometheus/api/v1/query?${params}`)).includes('"value"');
  });
}

function otlpSpan(span: SpanToSend): unknown {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: span.kind ?? (span.parentSpanId === '' ? 2 : 3),
    startTimeUnixNano: nanos(span.startMs),
    endTimeUnixNano: nanos(span.startMs + span.durationMs),
    status: span.failed === true ? { code: 2, message: 'card declined' } : {},
    attributes: attributesOf(span.attributes ?? { 'http.route': '/pay' }),
    events: (span.events ?? []).map((event) => ({
      timeUnixNano: nanos(event.ms),
      name: event.name,
      attributes: attributesOf(event.attributes),
    })),
    links: span.linksTo === undefined ? [] : [{ traceId: span.linksTo, spanId: hex(1, 16) }],
  };
}

function attributesOf(texts: Readonly<Record<string, string>>): unknown {
  return Object.entries(texts).map(([key, text]) => attribute(key, text));
}

function attribute(key: string, text: string): unknown {
  return { key, value: { stringValue: text } };
}

/** Milliseconds, whole or not, as a decimal of nanoseconds. */
function nanos(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} from ${url}: ${text}`);
  if (text.includes('rejected')) throw new Error(`partly refused by ${url}: ${text}`);
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} from ${url}: ${text}`);
  return JSON.parse(text) as unknown;
}
