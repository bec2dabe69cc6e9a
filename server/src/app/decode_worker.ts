import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { takeBlocksFrom } from '../base/block_memory.ts';
import { BufferPool } from '../base/buffer_pool.ts';
import { type DecompressBounds, DecompressError, decompress, decompressAside, isSlow } from '../base/decompress.ts';
import { createTurns } from '../base/turns.ts';
import { type Answer, serveCalls } from '../base/worker_calls.ts';
import { createStages, SeriesInterner, type SeriesRegistry, type TenantStages } from '../ingest/index.ts';
import {
  type Decode,
  type DecodeContext,
  type Decoded,
  DecodeError,
  type DoorName,
  type Submission,
} from '../model/ingest.ts';
import { labelValue } from '../model/labels.ts';
import type { Section } from '../model/section.ts';
import { serviceOf } from '../model/service.ts';
import type { Day } from '../model/units.ts';
import { decodeCiLog } from '../receive/ci/index.ts';
import { decodeElasticsearch } from '../receive/elasticsearch/index.ts';
import { decodeFluentForward, decodeFluentJson, decodeFluentMsgpack } from '../receive/fluent/index.ts';
import { decodeJaegerAgent, decodeJaegerProtobuf, decodeJaegerThrift } from '../receive/jaeger/index.ts';
import { decodeLokiJson, decodeLokiProtobuf } from '../receive/loki/index.ts';
import {
  decodeOtlpLogsJson,
  decodeOtlpLogsProtobuf,
  decodeOtlpMetricsJson,
  decodeOtlpMetricsProtobuf,
  decodeOtlpTracesJson,
  decodeOtlpTracesProtobuf,
} from '../receive/otlp/index.ts';
import { decodeRemoteWrite1, decodeRemoteWrite2 } from '../receive/remote_write/index.ts';
import { createScrapeDecoder } from '../receive/scrape/index.ts';
import { decodeSyslog } from '../receive/syslog/index.ts';
import { decodeZipkinFirstJson, decodeZipkinJson, decodeZipkinProtobuf } from '../receive/zipkin/index.ts';
import { logStreamSections, seriesSections } from '../store/index.ts';
import type { DecodeAnswer, DecodeNotice, DecodeRequest, DecodeResult, DecodeWorkerData } from './decode_messages.ts';
import { type SpanDecoding, type SpanToken, TenantSpans } from './tenant_spans.ts';

/** Series and streams of one tenant; scrape targets have their caches here too. */
interface Tenant {
  readonly series: SeriesRegistry;
  readonly streams: SeriesRegistry;
  /** Also the interners decoders are given: label values are masked before they are known. */
  readonly stages: TenantStages;
  readonly scrape: Decode;
  readonly spans: TenantSpans;
}

/** Label rows that went out with an answer, by day, until the log has acknowledged them. */
interface Outstanding {
  readonly tenant: Tenant;
  readonly rows: readonly { readonly kind: 'series' | 'streams'; readonly day: Day; readonly references: Int32Array }[];
  readonly spans: SpanToken | undefined;
}

const SCRATCH_BYTES = 4 * 1024 * 1024;
/** Large bodies that are decompressed at once, in the pool of threads that the log writes with too. */
const ASIDE_AT_ONCE = 2;
const KEPT_BLOCK_BYTES = 48 * 1024 * 1024;

const { limits, activeSeries, activeStreams, stages: initialStages, spanMetrics } = workerData as DecodeWorkerData;
let { sampling } = initialStages;
/** Names this run of the worker: later ones have larger numbers. */
const run = Date.now();
let stages = createStages(initialStages);
const tenants = new Map<string, Tenant>();
/** What waits or was summed up outlives a new configuration. */
const spansOfTenants = new Map<string, TenantSpans>();
const outstanding = new Map<number, Outstanding>();
let nextToken = 1;
/** Snappy bodies are decompressed here: no decoder keeps its body, and a buffer for each would keep the collector busy. */
const scratch = new Uint8Array(SCRATCH_BYTES);

const blocks = new BufferPool({ keptBytes: KEPT_BLOCK_BYTES });
takeBlocksFrom(blocks);
const aside = createTurns(ASIDE_AT_ONCE);
const bounds: DecompressBounds = {
  maxBytes: limits.decompressedBytes,
  maxRatio: limits.compressionRatio,
  into: scratch,
};

type OuterDoor = Exclude<DoorName, 'scrape' | 'span-series' | 'held-spans'>;

const DOORS: Readonly<Record<OuterDoor, Decode>> = {
  'remote-write-1': decodeRemoteWrite1,
  'remote-write-2': decodeRemoteWrite2,
  'otlp-metrics-protobuf': decodeOtlpMetricsProtobuf,
  'otlp-metrics-json': decodeOtlpMetricsJson,
  'otlp-logs-protobuf': decodeOtlpLogsProtobuf,
  'otlp-logs-json': decodeOtlpLogsJson,
  'otlp-traces-protobuf': decodeOtlpTracesProtobuf,
  'otlp-traces-json': decodeOtlpTracesJson,
  'zipkin-json': decodeZipkinJson,
  'zipkin-v1-json': decodeZipkinFirstJson,
  'zipkin-protobuf': decodeZipkinProtobuf,
  'jaeger-thrift': decodeJaegerThrift,
  'jaeger-protobuf': decodeJaegerProtobuf,
  'jaeger-agent': decodeJaegerAgent,
  'loki-protobuf': decodeLokiProtobuf,
  'loki-json': decodeLokiJson,
  'elasticsearch-logs': decodeElasticsearch,
  'ci-logs': decodeCiLog,
  'fluent-json': decodeFluentJson,
  'fluent-msgpack': decodeFluentMsgpack,
  'fluent-forward': decodeFluentForward,
  syslog: decodeSyslog,
};

function tenantOf(name: string): Tenant {
  let tenant = tenants.get(name);
  if (tenant === undefined) {
    const series = new SeriesInterner({ prefixOf: (labels) => labelValue(labels, '__name__'), limit: activeSeries });
    const streams = new SeriesInterner({ prefixOf: serviceOf, limit: activeStreams });
    const spans = spansOf(name);
    tenant = {
      series,
      streams,
      spans,
      stages: stages.ofTenant(series, streams, spans.stage),
      scrape: createScrapeDecoder(),
    };
    tenants.set(name, tenant);
  }
  return tenant;
}

function spansOf(name: string): TenantSpans {
  let spans = spansOfTenants.get(name);
  if (spans === undefined) {
    spans = new TenantSpans(run, spanMetrics, sampling);
    spansOfTenants.set(name, spans);
  }
  return spans;
}

const spanDecoding: SpanDecoding = {
  door: (name) => DOORS[name as OuterDoor],
  decide: (stage, traces) => stages.decide(stage, traces),
};

/** The records of a request, by its door. */
function recordsOf(
  tenant: Tenant,
  { door, meta }: Submission,
  body: Uint8Array<ArrayBuffer>,
  context: DecodeContext,
): Decoded {
  switch (door) {
    case 'scrape':
      return tenant.scrape(body, context, meta);
    case 'span-series':
      return tenant.spans.series(context, meta);
    case 'held-spans':
      return tenant.spans.release(context, meta, spanDecoding);
    default:
      return tenant.spans.hold(DOORS[door](body, context, meta), door, body, context, spanDecoding);
  }
}

const SERIES_TABLES: ReadonlySet<string> = new Set(['samples', 'native_histograms', 'exemplars']);

/** Adds rows for the series and streams of this request that the store does not know on the days it touches. */
function labelSections(
  tenant: Tenant,
  decoded: Decoded,
  nowMs: number,
): { sections: Section[]; rows: Outstanding['rows'] } {
  const sections: Section[] = [];
  const rows: Outstanding['rows'][number][] = [];
  const days = (wanted: (table: string) => boolean): Set<Day> =>
    new Set(decoded.sections.flatMap(({ table, partition }) => (wanted(table) && partition !== 0 ? [partition] : [])));
  for (const day of days((table) => SERIES_TABLES.has(table))) {
    const references = tenant.series.takeUnwritten(day);
    if (references.length === 0) continue;
    sections.push(...seriesSections(tenant.series, references, day, nowMs));
    rows.push({ kind: 'series', day, references });
  }
  for (const day of days((table) => table === 'otel_logs')) {
    const references = tenant.streams.takeUnwritten(day);
    if (references.length === 0) continue;
    sections.push(...logStreamSections(tenant.streams, references, day, nowMs));
    rows.push({ kind: 'streams', day, references });
  }
  return { sections, rows };
}

/** Synchronous, because scratch memory and columns belong to one request at a time. */
function decode(request: DecodeRequest, body: Uint8Array<ArrayBuffer>): DecodeResult {
  const { submission, nowMs, storedUntilMs } = request;
  const tenant = tenantOf(submission.tenant);
  tenant.series.beginRequest(nowMs);
  tenant.streams.beginRequest(nowMs);
  const { oldestSampleMs = limits.oldestSampleMs } = submission;
  const context: DecodeContext = {
    nowMs,
    limits: { ...limits, oldestSampleMs },
    series: tenant.stages.series,
    streams: tenant.stages.streams,
    storedUntilMs,
    stages: tenant.stages.rows,
  };
  stages.beginRequest(nowMs);
  tenant.spans.beginRequest();
  const decoded = recordsOf(tenant, submission, body, context);
  const labels = labelSections(tenant, decoded, nowMs);
  const token = nextToken++;
  const counts = stages.takeCounts();
  const hasTexts = decoded.sections.some(({ table }) => table === 'log_pattern_texts');
  const spans = tenant.spans.waitFor(token);
  if (labels.rows.length > 0 || hasTexts || spans !== undefined)
    outstanding.set(token, { tenant, rows: labels.rows, spans });
  return {
    kind: 'decoded',
    token,
    sections: [...labels.sections, ...decoded.sections],
    accepted: decoded.accepted,
    rejections: decoded.rejections.map((each) => ({ ...each, message: stages.maskText(each.message) })),
    report: decoded.report,
    ...(counts === undefined ? {} : { stages: counts }),
  };
}

/** What became of the request, or why it is refused. Throws what is no fault of the request. */
function resultOf(request: DecodeRequest, plainBody: () => Uint8Array<ArrayBuffer>): DecodeResult {
  try {
    return decode(request, plainBody());
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof DecompressError)) throw error;
    return { kind: error.kind, message: stages.maskText(error.message) };
  }
}

function answerWith(request: DecodeRequest, plainBody: () => Uint8Array<ArrayBuffer>): Answer<DecodeAnswer> {
  const result = resultOf(request, plainBody);
  const { door, body } = request.submission;
  const buffers = new Set(result.kind === 'decoded' ? result.sections.map(({ block }) => block.buffer) : []);
  // What a scrape read is new memory each time: there is no pool to give it back to.
  if (door === 'scrape') return { value: result, transfer: [...buffers] };
  return { value: { ...result, spent: body.buffer }, transfer: [...buffers, body.buffer] };
}

/** A large body is decompressed aside, so that others do not wait for it; any other is answered at once. */
function answer(request: DecodeRequest): Answer<DecodeAnswer> | Promise<Answer<DecodeAnswer>> {
  const { encoding, body } = request.submission;
  if (!isSlow(encoding, body)) return answerWith(request, () => decompress(encoding, body, bounds));
  return aside(() => decompressAside(encoding, body, bounds)).then(
    (plain) => answerWith(request, () => plain),
    (error: unknown) =>
      answerWith(request, () => {
        throw error;
      }),
  );
}

function settle(notice: DecodeNotice): void {
  if (notice.kind === 'deleted') {
    const tenant = tenants.get(notice.tenant);
    tenant?.series.forgetWritten();
    tenant?.streams.forgetWritten();
    tenant?.stages.notStored();
    return;
  }
  if (notice.kind === 'stages') {
    stages = createStages(notice.settings);
    sampling = notice.settings.sampling;
    for (const spans of spansOfTenants.values()) spans.stage.configure(sampling);
    // Label sets that are known were masked by the rules before.
    tenants.clear();
    return;
  }
  if (notice.kind === 'spent') {
    for (const buffer of notice.buffers) blocks.give(buffer);
    return;
  }
  const waiting = outstanding.get(notice.token);
  if (waiting === undefined) return;
  outstanding.delete(notice.token);
  if (waiting.spans !== undefined) waiting.tenant.spans.answered(waiting.spans, notice.kind === 'written');
  if (notice.kind === 'failed') {
    waiting.tenant.stages.notStored();
    return;
  }
  for (const { kind, day, references } of waiting.rows) waiting.tenant[kind].markWritten(references, day);
}

serveCalls<DecodeRequest, DecodeAnswer, DecodeNotice>(parentPort as MessagePort, answer, settle);
