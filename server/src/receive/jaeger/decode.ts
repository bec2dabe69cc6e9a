import { type Decode, DecodeError } from '../../model/ingest.ts';
import { Rejections } from '../../model/rejections.ts';
import { decodeResources, type SpanRecord } from '../spans/index.ts';
import { JaegerSpanError, resourceOf, spanOf } from './jaeger_span.ts';
import { type JaegerBatch, readThriftBatch } from './read_thrift.ts';
import { ThriftError } from './thrift_reader.ts';

/** A batch as Jaeger's clients send it over HTTP. Throws DecodeError. */
export const decodeJaegerThrift: Decode = (body, context) => {
  const { process, spans } = batchOf(body);
  if (spans.length > context.limits.recordsPerRequest)
    throw new DecodeError('too-large', `more than ${context.limits.recordsPerRequest} spans in one request`);
  const refused = new Rejections();
  const kept: SpanRecord[] = [];
  for (const span of spans) {
    try {
      kept.push(spanOf(span));
    } catch (error) {
      if (!(error instanceof JaegerSpanError)) throw error;
      refused.add('invalid_record', 1, () => error.message);
    }
  }
  return decodeResources([resourceOf(process, kept)], refused, context);
};

function batchOf(body: Uint8Array<ArrayBuffer>): JaegerBatch {
  try {
    return readThriftBatch(body);
  } catch (error) {
    if (error instanceof ThriftError)
      throw new DecodeError('undecodable', `cannot read the batch: ${error.message}`, { cause: error });
    throw error;
  }
}
