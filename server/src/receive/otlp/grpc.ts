import { status } from '@grpc/grpc-js';
import { GrpcFailure, type GrpcMethod } from '../../base/grpc_server.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import type { DoorName, Outcome, Submission, Submit } from '../../model/ingest.ts';
import { exportResponse, partialSuccess, shortened } from './partial_success.ts';
import { DEFAULT_OTLP_SETTINGS, type OtlpSettings } from './settings.ts';

/** Who calls: a tenant, or why not. */
export type GrpcCaller =
  | { readonly tenant: string }
  | { readonly refused: 'unauthenticated' | 'forbidden'; readonly message: string };

export interface OtlpGrpcOptions {
  readonly submit: Submit;
  /** The caller by the call's metadata. */
  readonly callerOf: (headers: Readonly<Record<string, string>>) => GrpcCaller;
  /** How metrics become series, as configured at the moment. */
  readonly settings?: () => OtlpSettings;
}

const SERVICES: readonly (readonly [service: string, door: DoorName])[] = [
  ['opentelemetry.proto.collector.logs.v1.LogsService', 'otlp-logs-protobuf'],
  ['opentelemetry.proto.collector.trace.v1.TraceService', 'otlp-traces-protobuf'],
  ['opentelemetry.proto.collector.metrics.v1.MetricsService', 'otlp-metrics-protobuf'],
];

/** OTLP over gRPC (opentelemetry.io/docs/specs/otlp, "OTLP/gRPC"). */
export function otlpGrpcMethods(options: OtlpGrpcOptions): GrpcMethod[] {
  const { submit, callerOf, settings = () => DEFAULT_OTLP_SETTINGS } = options;
  return SERVICES.map(([service, door]) => ({
    path: `/${service}/Export`,
    streams: false,
    async handler({ message, headers }) {
      const tenant = tenantOfCaller(callerOf(headers));
      const meta = door === 'otlp-metrics-protobuf' ? { meta: settings() } : {};
      const stored = await submitCall(submit, { door, tenant, encoding: 'identity', body: message, ...meta });
      return exportResponse(partialSuccess(stored));
    },
  }));
}

/** @throws GrpcFailure for a caller that may not */
export function tenantOfCaller(caller: GrpcCaller): string {
  if (!('refused' in caller)) return caller.tenant;
  throw new GrpcFailure(
    caller.refused === 'forbidden' ? status.PERMISSION_DENIED : status.UNAUTHENTICATED,
    caller.message,
  );
}

/**
 * Submits what a call brought.
 * @throws GrpcFailure with the code that makes an OTLP client do right by its data: only some are tried again
 *   (specification, "Failures")
 */
export async function submitCall(
  submit: Submit,
  submission: Submission,
): Promise<Extract<Outcome, { kind: 'stored' }>> {
  let outcome: Outcome;
  try {
    outcome = await submit(submission);
  } catch {
    // Said where it failed. INTERNAL would make clients drop the data: what failed is ours, so they shall try again.
    throw retryable(status.UNAVAILABLE, 'the request could not be stored', 1);
  }
  switch (outcome.kind) {
    case 'stored':
      return outcome;
    case 'undecodable':
    case 'unsupported':
      throw new GrpcFailure(status.INVALID_ARGUMENT, shortened(outcome.message));
    case 'too-large':
      throw new GrpcFailure(status.RESOURCE_EXHAUSTED, shortened(outcome.message));
    case 'over-quota':
      throw retryable(status.RESOURCE_EXHAUSTED, outcome.message, outcome.retryAfterSeconds);
    case 'unavailable':
      throw retryable(status.UNAVAILABLE, outcome.message, outcome.retryAfterSeconds);
  }
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/** A failure with RetryInfo (google/rpc/error_details.proto), without which RESOURCE_EXHAUSTED is final. */
function retryable(code: status, message: string, retryAfterSeconds: number): GrpcFailure {
  const details = shortened(message);
  const writer = new ProtobufWriter();
  writer.uint32(1, code);
  writer.text(2, details);
  const any = writer.open(3);
  writer.text(1, RETRY_INFO);
  const info = writer.open(2);
  const delay = writer.open(1);
  writer.uint32(1, Math.max(1, Math.ceil(retryAfterSeconds)));
  writer.close(delay);
  writer.close(info);
  writer.close(any);
  return new GrpcFailure(code, details, writer.finish());
}
