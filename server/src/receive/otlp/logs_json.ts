import type { Decode } from '../../model/ingest.ts';
import { otlpJsonToProtobuf } from './json.ts';
import { LOGS_REQUEST } from './json_schema.ts';
import { decodeOtlpLogsProtobuf } from './logs_protobuf.ts';

/** ExportLogsServiceRequest as JSON to log rows. Throws DecodeError. */
export const decodeOtlpLogsJson: Decode = (body, context, meta) =>
  decodeOtlpLogsProtobuf(otlpJsonToProtobuf(body, LOGS_REQUEST, context.limits), context, meta);
