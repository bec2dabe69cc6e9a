import { ProtobufError } from '../../base/protobuf.ts';
import { type Decode, type DecodeContext, type Decoded, DecodeError } from '../../model/ingest.ts';
import { Rejections } from '../../model/rejections.ts';
import { eachMessage } from '../datagrams/index.ts';
import { decodeResources, type SpanRecord, type SpanResource } from '../spans/index.ts';
import { type JaegerSpan, JaegerSpanError, resourceOf, spanOf } from './jaeger_span.ts';
import { readAgentMessage } from './read_agent.ts';
import { readPostSpans } from './read_protobuf.ts';
import { type JaegerBatch, readBatch } from './read_thrift.ts';
import { ThriftError, ThriftReader } from './thrift_reader.ts';

/** A batch as Jaeger's clients send it over HTTP: Thrift's binary protocol. Throws DecodeError. */
export const decodeJaegerThrift: Decode = (body, context) =>
  decodeBatches(
    readOrRefuse(() => [readBatch(new ThriftReader(body))]),
    new Rejections(),
    context,
  );

/** A PostSpansRequest of Jaeger's collector over gRPC. Throws DecodeError. */
export const decodeJaegerProtobuf: Decode = (body, context) =>
  decodeBatches(
    readOrRefuse(() => readPostSpans(body)),
    new Rejections(),
    context,
  );

/** Datagrams to Jaeger's agent, one behind the other; one that cannot be read is refused alone. */
export const decodeJaegerAgent: Decode = (body, context) => {
  const refused = new Rejections();
  const batches: JaegerBatch[] = [];
  eachMessage(body, (peer, start, end) => {
    try {
      batches.push(readAgentMessage(body.slice(start, end)));
    } catch (error) {
      if (!(error instanceof ThriftError)) throw error;
      refused.add('invalid_record', 1, () => `a datagram from ${peer}: ${error.message}`);
    }
  });
  return decodeBatches(batches, refused, context);
};

function readOrRefuse(read: () => JaegerBatch[]): JaegerBatch[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof ThriftError || error instanceof ProtobufError)
      throw new DecodeError('undecodable', `cannot read the batch: ${error.message}`, { cause: error });
    throw error;
  }
}

function decodeBatches(batches: readonly JaegerBatch[], refused: Rejections, context: DecodeContext): Decoded {
  const most = context.limits.recordsPerRequest;
  const count = batches.reduce((sum, { spans }) => sum + spans.length, 0);
  if (count > most) throw new DecodeError('too-large', `more than ${most} spans in one request`);
  const resources = batches.map(({ process, spans }): SpanResource => {
    const kept = spans.flatMap((span) => keptSpan(span, refused));
    return resourceOf(process, kept);
  });
  return decodeResources(resources, refused, context);
}

function keptSpan(span: JaegerSpan, refused: Rejections): SpanRecord[] {
  try {
    return [spanOf(span)];
  } catch (error) {
    if (!(error instanceof JaegerSpanError)) throw error;
    refused.add('invalid_record', 1, () => error.message);
    return [];
  }
}
