import type { Decode } from '../../model/ingest.ts';
import { otlpJsonToProtobuf } from './json.ts';
import { TRACES_REQUEST } from './json_schema.ts';
import { decodeOtlpTracesProtobuf } from './traces_protobuf.ts';

/** ExportTraceServiceRequest as JSON to span rows. Throws DecodeError. */
export const decodeOtlpTracesJson: Decode = (body, context, meta) =>
  decodeOtlpTracesProtobuf(otlpJsonToProtobuf(body, TRACES_REQUEST, context.limits), context, meta);
