/** The messages of opentelemetry-proto as proto3 JSON sees them: JSON name → field. Only what our decoders read. */
export type FieldType =
  | 'string'
  | 'bytes'
  /** Trace and span ids: OTLP writes them in hex where proto3 JSON would use base64. */
  | 'hex'
  | 'bool'
  | 'int32'
  | 'uint32'
  | 'sint32'
  | 'int64'
  | 'fixed64'
  | 'sfixed64'
  | 'fixed32'
  | 'double';

export interface Field {
  readonly number: number;
  readonly repeated?: boolean;
  readonly type?: FieldType;
  /** A function, because values nest. */
  readonly message?: () => Message;
  /** Names of an enum's values, without their common prefix. */
  readonly names?: Readonly<Record<string, number>>;
}

export type Message = ReadonlyMap<string, Field>;

function message(fields: Readonly<Record<string, Field>>): Message {
  return new Map(Object.entries(fields));
}

const scalar = (number: number, type: FieldType): Field => ({ number, type });
const scalars = (number: number, type: FieldType): Field => ({ number, type, repeated: true });
const one = (number: number, of: () => Message): Field => ({ number, message: of });
const many = (number: number, of: () => Message): Field => ({ number, message: of, repeated: true });
const choice = (number: number, names: Readonly<Record<string, number>>): Field => ({ number, names });

const anyValue: Message = message({
  stringValue: scalar(1, 'string'),
  boolValue: scalar(2, 'bool'),
  intValue: scalar(3, 'int64'),
  doubleValue: scalar(4, 'double'),
  arrayValue: one(5, () => arrayValue),
  kvlistValue: one(6, () => keyValueList),
  bytesValue: scalar(7, 'bytes'),
});
const arrayValue = message({ values: many(1, () => anyValue) });
const keyValue = message({ key: scalar(1, 'string'), value: one(2, () => anyValue) });
const keyValueList = message({ values: many(1, () => keyValue) });
const attributes = (number: number): Field => many(number, () => keyValue);

const resource = message({ attributes: attributes(1), droppedAttributesCount: scalar(2, 'uint32') });
const scope = message({
  name: scalar(1, 'string'),
  version: scalar(2, 'string'),
  attributes: attributes(3),
  droppedAttributesCount: scalar(4, 'uint32'),
});

/** Export*ServiceRequest of one signal: resources, in them scopes, in them records. */
function request(names: readonly [resources: string, scopes: string, records: string], record: () => Message): Message {
  const inScope = message({ scope: one(1, () => scope), [names[2]]: many(2, record), schemaUrl: scalar(3, 'string') });
  const inResource = message({
    resource: one(1, () => resource),
    [names[1]]: many(2, () => inScope),
    schemaUrl: scalar(3, 'string'),
  });
  return message({ [names[0]]: many(1, () => inResource) });
}

const severityNumbers: Record<string, number> = { UNSPECIFIED: 0 };
['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].forEach((name, i) => {
  for (let step = 0; step < 4; step++) severityNumbers[`${name}${step === 0 ? '' : step + 1}`] = i * 4 + step + 1;
});

const logRecord = message({
  timeUnixNano: scalar(1, 'fixed64'),
  observedTimeUnixNano: scalar(11, 'fixed64'),
  severityNumber: choice(2, severityNumbers),
  severityText: scalar(3, 'string'),
  body: one(5, () => anyValue),
  attributes: attributes(6),
  droppedAttributesCount: scalar(7, 'uint32'),
  flags: scalar(8, 'fixed32'),
  traceId: scalar(9, 'hex'),
  spanId: scalar(10, 'hex'),
  eventName: scalar(12, 'string'),
});

const event = message({
  timeUnixNano: scalar(1, 'fixed64'),
  name: scalar(2, 'string'),
  attributes: attributes(3),
  droppedAttributesCount: scalar(4, 'uint32'),
});
const link = message({
  traceId: scalar(1, 'hex'),
  spanId: scalar(2, 'hex'),
  traceState: scalar(3, 'string'),
  attributes: attributes(4),
  droppedAttributesCount: scalar(5, 'uint32'),
  flags: scalar(6, 'fixed32'),
});
const status = message({ message: scalar(2, 'string'), code: choice(3, { UNSET: 0, OK: 1, ERROR: 2 }) });
const span = message({
  traceId: scalar(1, 'hex'),
  spanId: scalar(2, 'hex'),
  traceState: scalar(3, 'string'),
  parentSpanId: scalar(4, 'hex'),
  flags: scalar(16, 'fixed32'),
  name: scalar(5, 'string'),
  kind: choice(6, { UNSPECIFIED: 0, INTERNAL: 1, SERVER: 2, CLIENT: 3, PRODUCER: 4, CONSUMER: 5 }),
  startTimeUnixNano: scalar(7, 'fixed64'),
  endTimeUnixNano: scalar(8, 'fixed64'),
  attributes: attributes(9),
  droppedAttributesCount: scalar(10, 'uint32'),
  events: many(11, () => event),
  droppedEventsCount: scalar(12, 'uint32'),
  links: many(13, () => link),
  droppedLinksCount: scalar(14, 'uint32'),
  status: one(15, () => status),
});

const exemplar = message({
  timeUnixNano: scalar(2, 'fixed64'),
  asDouble: scalar(3, 'double'),
  spanId: scalar(4, 'hex'),
  traceId: scalar(5, 'hex'),
  asInt: scalar(6, 'sfixed64'),
  filteredAttributes: attributes(7),
});
const numberDataPoint = message({
  startTimeUnixNano: scalar(2, 'fixed64'),
  timeUnixNano: scalar(3, 'fixed64'),
  asDouble: scalar(4, 'double'),
  exemplars: many(5, () => exemplar),
  asInt: scalar(6, 'sfixed64'),
  attributes: attributes(7),
  flags: scalar(8, 'uint32'),
});
const histogramDataPoint = message({
  startTimeUnixNano: scalar(2, 'fixed64'),
  timeUnixNano: scalar(3, 'fixed64'),
  count: scalar(4, 'fixed64'),
  sum: scalar(5, 'double'),
  bucketCounts: scalars(6, 'fixed64'),
  explicitBounds: scalars(7, 'double'),
  exemplars: many(8, () => exemplar),
  attributes: attributes(9),
  flags: scalar(10, 'uint32'),
  min: scalar(11, 'double'),
  max: scalar(12, 'double'),
});
const buckets = message({ offset: scalar(1, 'sint32'), bucketCounts: scalars(2, 'int64') });
const exponentialHistogramDataPoint = message({
  attributes: attributes(1),
  startTimeUnixNano: scalar(2, 'fixed64'),
  timeUnixNano: scalar(3, 'fixed64'),
  count: scalar(4, 'fixed64'),
  sum: scalar(5, 'double'),
  scale: scalar(6, 'sint32'),
  zeroCount: scalar(7, 'fixed64'),
  positive: one(8, () => buckets),
  negative: one(9, () => buckets),
  flags: scalar(10, 'uint32'),
  exemplars: many(11, () => exemplar),
  min: scalar(12, 'double'),
  max: scalar(13, 'double'),
  zeroThreshold: scalar(14, 'double'),
});
const valueAtQuantile = message({ quantile: scalar(1, 'double'), value: scalar(2, 'double') });
const summaryDataPoint = message({
  startTimeUnixNano: scalar(2, 'fixed64'),
  timeUnixNano: scalar(3, 'fixed64'),
  count: scalar(4, 'fixed64'),
  sum: scalar(5, 'double'),
  quantileValues: many(6, () => valueAtQuantile),
  attributes: attributes(7),
  flags: scalar(8, 'uint32'),
});
const temporality = choice(2, { UNSPECIFIED: 0, DELTA: 1, CUMULATIVE: 2 });
const points = (of: () => Message) => ({ dataPoints: many(1, of) });
const metric = message({
  name: scalar(1, 'string'),
  description: scalar(2, 'string'),
  unit: scalar(3, 'string'),
  gauge: one(5, () => gauge),
  sum: one(7, () => sum),
  histogram: one(9, () => histogram),
  exponentialHistogram: one(10, () => exponentialHistogram),
  summary: one(11, () => summary),
  metadata: attributes(12),
});
const gauge = message(points(() => numberDataPoint));
const sum = message({
  ...points(() => numberDataPoint),
  aggregationTemporality: temporality,
  isMonotonic: scalar(3, 'bool'),
});
const histogram = message({ ...points(() => histogramDataPoint), aggregationTemporality: temporality });
const exponentialHistogram = message({
  ...points(() => exponentialHistogramDataPoint),
  aggregationTemporality: temporality,
});
const summary = message(points(() => summaryDataPoint));

export const LOGS_REQUEST: Message = request(['resourceLogs', 'scopeLogs', 'logRecords'], () => logRecord);
export const TRACES_REQUEST: Message = request(['resourceSpans', 'scopeSpans', 'spans'], () => span);
export const METRICS_REQUEST: Message = request(['resourceMetrics', 'scopeMetrics', 'metrics'], () => metric);
