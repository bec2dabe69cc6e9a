import type { Duplex } from 'node:stream';
import type { Access } from '../access/index.ts';
import { jaegerQueryGrpcMethods } from '../api/jaeger/index.ts';
import { tempoGrpcMethods } from '../api/tempo/index.ts';
import { createGrpcServer } from '../base/grpc_server.ts';
import type { HttpResponse } from '../base/http.ts';
import type { IncomingHttp } from '../base/http_server.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import type { Submit } from '../model/ingest.ts';
import { jaegerGrpcMethods } from '../receive/jaeger/index.ts';
import { type OtlpSettings, otlpGrpcMethods } from '../receive/otlp/index.ts';
import { type Config, splitAddress } from './config.ts';

export interface GrpcWiring {
  readonly config: Config;
  readonly maxBytes: number;
  readonly submit: Submit;
  readonly access: Access;
  readonly settings: () => OtlpSettings;
  /** Answers queries as it does those that come over HTTP. */
  readonly answer: (request: IncomingHttp) => Promise<HttpResponse>;
  readonly telemetry: Telemetry;
}

/** Everything that is spoken over gRPC, on every port it is spoken on. */
export interface Grpc {
  /** Where OTLP is taken; null while it is not. */
  url(): string | null;
  /** A connection of another listener that speaks HTTP/2. */
  serve(connection: Duplex): void;
  /** Opens the ports; a taken one is no reason not to start, but is said. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/** The ports of Jaeger's collector and of its queries, opened beside the others of `--compat-ports`. */
const JAEGER_PORTS = [14_250, 16_685];

export function createGrpc({ config, maxBytes, submit, access, settings, answer, telemetry }: GrpcWiring): Grpc {
  const { log } = telemetry;
  const callerOf: Parameters<typeof jaegerGrpcMethods>[1] = (headers) => {
    const principal = access.authenticate(headers);
    if (principal === null) return { refused: 'unauthenticated', message: 'a key is required' };
    if (!access.allows(principal, 'ingest'))
      return { refused: 'forbidden', message: `the key ${principal.name} may not ingest` };
    return { tenant: principal.tenant };
  };
  const server = createGrpcServer({
    methods: [
      ...otlpGrpcMethods({ submit, callerOf, settings }),
      ...jaegerGrpcMethods(submit, callerOf),
      ...jaegerQueryGrpcMethods(answer),
      ...tempoGrpcMethods(answer),
    ],
    maxBytes,
    onError: (error, path) => log.limited('ERROR', 'grpc', 10, 'a call failed', { path, error }),
  });
  let url: string | null = null;
  const open = async (address: string, otherwise: string): Promise<string | null> => {
    const { host, port } = splitAddress(address);
    try {
      const bound = await server.listen(host, port);
      const shown = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
      return `http://${shown}:${bound}`;
    } catch (error) {
      log.warn(`${address} could not be opened; ${otherwise}`, { error });
      return null;
    }
  };
  return {
    url: () => url,
    serve: (connection) => server.serve(connection),
    async open() {
      if (config.otlp_grpc_listen !== 'off')
        url = await open(config.otlp_grpc_listen, 'OTLP over HTTP answers all the same');
      if (config.compat_ports)
        for (const port of JAEGER_PORTS)
          await open(`${splitAddress(config.listen).host}:${port}`, 'the port of OTLP over gRPC takes the same');
    },
    close: () => server.close(),
  };
}
