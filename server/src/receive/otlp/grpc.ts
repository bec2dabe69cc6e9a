import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import type { DoorName, Outcome, Submit } from '../../model/ingest.ts';
import { exportResponse, partialSuccess, shortened } from './partial_success.ts';
import { DEFAULT_OTLP_SETTINGS, type OtlpSettings } from './settings.ts';

/** Who calls: a tenant, or why not. */
export type GrpcCaller =
  | { readonly tenant: string }
  | { readonly refused: 'unauthenticated' | 'forbidden'; readonly message: string };

export interface OtlpGrpcOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Of one message, compressed or not, bytes. */
  readonly maxBytes: number;
  readonly submit: Submit;
  /** The caller by the request's metadata. */
  readonly callerOf: (headers: Readonly<Record<string, string>>) => GrpcCaller;
  /** How metrics become series, as configured at the moment. */
  readonly settings?: () => OtlpSettings;
}

export interface OtlpGrpcListener {
  readonly port: number;
  close(): Promise<void>;
}

const SERVICES: readonly (readonly [service: string, door: DoorName])[] = [
  ['opentelemetry.proto.collector.logs.v1.LogsService', 'otlp-logs-protobuf'],
  ['opentelemetry.proto.collector.trace.v1.TraceService', 'otlp-traces-protobuf'],
  ['opentelemetry.proto.collector.metrics.v1.MetricsService', 'otlp-metrics-protobuf'],
];
const DRAIN_MS = 2_000;

/** OTLP over gRPC (opentelemetry.io/docs/specs/otlp, "OTLP/gRPC"). Rejects when the address cannot be had. */
export async function listenOtlpGrpc(options: OtlpGrpcOptions): Promise<OtlpGrpcListener> {
  const server = new Server({
    'grpc.max_receive_message_length': options.maxBytes,
    'grpc.max_concurrent_streams': 100,
    'grpc.keepalive_time_ms': 120_000,
  });
  for (const [service, door] of SERVICES)
    server.addService(definitionOf(service), { Export: exportHandler(options, door) });
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${options.port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          server.forceShutdown();
          resolve();
        }, DRAIN_MS);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

/** Messages stay bytes here: they are decoded where every other request is. */
function definitionOf(service: string): ServiceDefinition {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    Export: {
      path: `/${service}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  };
}

function exportHandler(
  { submit, callerOf, settings = () => DEFAULT_OTLP_SETTINGS }: OtlpGrpcOptions,
  door: DoorName,
): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => {
    const caller = callerOf(headersOf(call.metadata));
    if ('refused' in caller) {
      const code = caller.refused === 'forbidden' ? status.PERMISSION_DENIED : status.UNAUTHENTICATED;
      callback({ code, details: caller.message });
      return;
    }
    const meta = door === 'otlp-metrics-protobuf' ? { meta: settings() } : {};
    const body = Uint8Array.from(call.request);
    submit({ door, tenant: caller.tenant, encoding: 'identity', body, ...meta }).then(
      (outcome) => {
        if (outcome.kind === 'stored') callback(null, Buffer.from(exportResponse(partialSuccess(outcome))));
        else callback(statusOf(outcome));
      },
      // INTERNAL would make clients drop the data: what failed is ours, so they shall try again.
      () => callback(retryable(status.UNAVAILABLE, 'the request could not be stored', 1)),
    );
  };
}

function headersOf(metadata: Metadata): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata.getMap())) if (typeof value === 'string') headers[name] = value;
  return headers;
}

type Failure = Partial<StatusObject>;

/** The code that makes an OTLP client do right by its data: only some are tried again (specification, "Failures"). */
function statusOf(outcome: Exclude<Outcome, { kind: 'stored' }>): Failure {
  switch (outcome.kind) {
    case 'undecodable':
    case 'unsupported':
      return { code: status.INVALID_ARGUMENT, details: shortened(outcome.message) };
    case 'too-large':
      return { code: status.RESOURCE_EXHAUSTED, details: shortened(outcome.message) };
    case 'over-quota':
      return retryable(status.RESOURCE_EXHAUSTED, outcome.message, outcome.retryAfterSeconds);
    case 'unavailable':
      return retryable(status.UNAVAILABLE, outcome.message, outcome.retryAfterSeconds);
  }
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/** A failure with RetryInfo (google/rpc/error_details.proto), without which RESOURCE_EXHAUSTED is final. */
function retryable(code: status, message: string, retryAfterSeconds: number): Failure {
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
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(writer.finish()));
  return { code, details, metadata };
}
