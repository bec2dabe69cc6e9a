import { status } from '@grpc/grpc-js';
import { GrpcFailure, type GrpcMethod } from '../../base/grpc_server.ts';
import { ProtobufReader, WIRE_BYTES } from '../../base/protobuf.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import type { Submit } from '../../model/ingest.ts';
import { type GrpcCaller, submitCall, tenantOfCaller } from '../otlp/index.ts';
import { SAMPLING_RATE } from './sampling.ts';

/**
 * Jaeger's collector and its sampling manager over gRPC (jaeger-idl, api_v2/collector.proto and sampling.proto).
 * @param callerOf the caller by the call's metadata
 */
export function jaegerGrpcMethods(
  submit: Submit,
  callerOf: (headers: Readonly<Record<string, string>>) => GrpcCaller,
): GrpcMethod[] {
  return [
    {
      path: '/jaeger.api_v2.CollectorService/PostSpans',
      streams: false,
      async handler({ message, headers }) {
        const tenant = tenantOfCaller(callerOf(headers));
        await submitCall(submit, { door: 'jaeger-protobuf', tenant, encoding: 'identity', body: message });
        return new Uint8Array(0);
      },
    },
    {
      path: '/jaeger.api_v2.SamplingManager/GetSamplingStrategy',
      streams: false,
      handler: async ({ message, headers }) => {
        tenantOfCaller(callerOf(headers));
        if (!namesService(message)) throw new GrpcFailure(status.INVALID_ARGUMENT, 'a service name is needed');
        return strategy();
      },
    },
  ];
}

/** SamplingStrategyParameters: serviceName 1. */
function namesService(message: Uint8Array<ArrayBuffer>): boolean {
  const reader = new ProtobufReader(message);
  let name = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | WIRE_BYTES)) name = reader.text();
    else reader.skip(tag);
  }
  return name !== '';
}

/** SamplingStrategyResponse: strategyType 1 (0: probabilistic), probabilisticSampling 2 with samplingRate 1. */
function strategy(): Uint8Array {
  const writer = new ProtobufWriter(32);
  const probabilistic = writer.open(2);
  writer.double(1, SAMPLING_RATE);
  writer.close(probabilistic);
  return writer.finish();
}
