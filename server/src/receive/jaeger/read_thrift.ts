import { idOf, type SpanAttribute, type SpanValue } from '../spans/index.ts';
import type { JaegerProcess, JaegerSpan } from './jaeger_span.ts';
import { THRIFT, type ThriftSource } from './thrift_reader.ts';

export interface JaegerBatch {
  readonly process: JaegerProcess;
  readonly spans: readonly JaegerSpan[];
}

/** Reads a Batch (jaeger-idl, jaeger.thrift). Throws ThriftError. */
export function readBatch(reader: ThriftSource): JaegerBatch {
  let process: JaegerProcess = { service: '', tags: [] };
  const spans: JaegerSpan[] = [];
  reader.struct((id, type) => {
    if (id === 1 && type === THRIFT.struct) process = readProcess(reader);
    else if (id === 2 && type === THRIFT.list) reader.structs(() => spans.push(readSpan(reader)));
    else return false;
    return true;
  });
  return { process, spans };
}

function readProcess(reader: ThriftSource): JaegerProcess {
  let service = '';
  const tags: SpanAttribute[] = [];
  reader.struct((id, type) => {
    if (id === 1 && type === THRIFT.string) service = reader.text();
    else if (id === 2 && type === THRIFT.list) reader.structs(() => tags.push(readTag(reader)));
    else return false;
    return true;
  });
  return { service, tags };
}

const ns = (us: bigint): bigint => us * 1000n;

function readSpan(reader: ThriftSource): JaegerSpan {
  const numbers = new Map<number, bigint>();
  let operation = '';
  const references: JaegerSpan['references'][number][] = [];
  const tags: SpanAttribute[] = [];
  const logs: JaegerSpan['logs'][number][] = [];
  reader.struct((id, type) => {
    if (type === THRIFT.i64 && SPAN_NUMBERS.has(id)) numbers.set(id, reader.i64());
    else if (id === 5 && type === THRIFT.string) operation = reader.text();
    else if (id === 6 && type === THRIFT.list) reader.structs(() => references.push(readReference(reader)));
    else if (id === 10 && type === THRIFT.list) reader.structs(() => tags.push(readTag(reader)));
    else if (id === 11 && type === THRIFT.list) reader.structs(() => logs.push(readLog(reader)));
    else return false;
    return true;
  });
  const number = (id: number): bigint => numbers.get(id) ?? 0n;
  const traceId = idOf(number(1), number(2));
  const parent = number(4);
  const named = references.some(({ kind, traceId: other }) => kind === 'child' && other === traceId);
  return {
    traceId,
    spanId: idOf(number(3)),
    operation,
    references: parent === 0n || named ? references : [{ kind: 'child', traceId, spanId: idOf(parent) }, ...references],
    startNs: ns(number(8)),
    durationNs: ns(number(9)),
    tags,
    logs,
  };
}

/** traceIdLow, traceIdHigh, spanId, parentSpanId, startTime, duration. */
const SPAN_NUMBERS: ReadonlySet<number> = new Set([1, 2, 3, 4, 8, 9]);

function readReference(reader: ThriftSource): JaegerSpan['references'][number] {
  let kind = 0;
  const ids = new Map<number, bigint>();
  reader.struct((id, type) => {
    if (id === 1 && type === THRIFT.i32) kind = reader.i32();
    else if (type === THRIFT.i64) ids.set(id, reader.i64());
    else return false;
    return true;
  });
  return {
    kind: kind === 0 ? 'child' : 'follows',
    traceId: idOf(ids.get(2) ?? 0n, ids.get(3) ?? 0n),
    spanId: idOf(ids.get(4) ?? 0n),
  };
}

/** Which field of a tag has its value, by its type: some clients fill the others too. */
const VALUE_FIELDS = [3, 4, 5, 6, 7] as const;

function readTag(reader: ThriftSource): SpanAttribute {
  let name = '';
  let valueType = 0;
  const values = new Map<number, SpanValue>();
  reader.struct((id, type) => {
    if (id === 1 && type === THRIFT.string) name = reader.text();
    else if (id === 2 && type === THRIFT.i32) valueType = reader.i32();
    else if (id === 3 && type === THRIFT.string) values.set(id, reader.text());
    else if (id === 4 && type === THRIFT.double) values.set(id, reader.double());
    else if (id === 5 && type === THRIFT.bool) values.set(id, reader.bool());
    else if (id === 6 && type === THRIFT.i64) values.set(id, reader.i64());
    else if (id === 7 && type === THRIFT.string) values.set(id, reader.bytes());
    else return false;
    return true;
  });
  return [name, values.get(VALUE_FIELDS[valueType] ?? 3) ?? ''];
}

function readLog(reader: ThriftSource): JaegerSpan['logs'][number] {
  let timeNs = 0n;
  const fields: SpanAttribute[] = [];
  reader.struct((id, type) => {
    if (id === 1 && type === THRIFT.i64) timeNs = ns(reader.i64());
    else if (id === 2 && type === THRIFT.list) reader.structs(() => fields.push(readTag(reader)));
    else return false;
    return true;
  });
  return { timeNs, fields };
}
