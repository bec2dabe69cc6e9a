import type { Access } from '../access/index.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import type { Submit } from '../model/ingest.ts';
import { listenOtlpGrpc, type OtlpGrpcListener, type OtlpSettings } from '../receive/otlp/index.ts';
import { type Config, splitAddress } from './config.ts';

export interface OtlpGrpcWiring {
  readonly config: Config;
  readonly maxBytes: number;
  readonly submit: Submit;
  readonly access: Access;
  readonly settings: () => OtlpSettings;
  readonly telemetry: Telemetry;
}

/** Opens the port of OTLP over gRPC; a taken one is no reason not to start, but is said. */
export async function openOtlpGrpc(wiring: OtlpGrpcWiring): Promise<(OtlpGrpcListener & { url: string }) | undefined> {
  const { config, maxBytes, submit, access, settings, telemetry } = wiring;
  if (config.otlp_grpc_listen === 'off') return undefined;
  const { host, port } = splitAddress(config.otlp_grpc_listen);
  try {
    const listener = await listenOtlpGrpc({
      host,
      port,
      maxBytes,
      submit,
      settings,
      callerOf: (headers) => {
        const principal = access.authenticate(headers);
        if (principal === null) return { refused: 'unauthenticated', message: 'a key is required' };
        if (!access.allows(principal, 'ingest'))
          return { refused: 'forbidden', message: `the key ${principal.name} may not ingest` };
        return { tenant: principal.tenant };
      },
    });
    const shown = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
    return { ...listener, url: `http://${shown}:${listener.port}` };
  } catch (error) {
    telemetry.log.warn(`${config.otlp_grpc_listen} could not be opened; OTLP over HTTP answers all the same`, {
      error,
    });
    return undefined;
  }
}
