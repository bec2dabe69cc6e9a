import type { Decode } from '../../model/ingest.ts';
import { otlpJsonToProtobuf } from './json.ts';
import { METRICS_REQUEST } from './json_schema.ts';
import { decodeOtlpMetricsProtobuf } from './metrics_decode.ts';

/** ExportMetricsServiceRequest as JSON to rows of metrics. Throws DecodeError. */
export const decodeOtlpMetricsJson: Decode = (body, context, meta) =>
  decodeOtlpMetricsProtobuf(otlpJsonToProtobuf(body, METRICS_REQUEST, context.limits), context, meta);
