import type { DecodeContext, Decoded } from '../../model/ingest.ts';
import type { Rejections } from '../../model/rejections.ts';
import { decodeOtlpTracesProtobuf } from '../otlp/index.ts';
import { otlpRequest, type SpanResource } from './span_record.ts';

/** Stores spans of another protocol as OTLP's are; `refused` says what was wrong with those left out. */
export function decodeResources(
  resources: readonly SpanResource[],
  refused: Rejections,
  context: DecodeContext,
): Decoded {
  const decoded = decodeOtlpTracesProtobuf(otlpRequest(resources), context, undefined);
  return { ...decoded, rejections: [...refused.list(), ...decoded.rejections] };
}
