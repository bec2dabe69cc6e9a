import type { Telemetry } from '../base/telemetry/telemetry.ts';
import type { Submit } from '../model/ingest.ts';
import { listenDatagrams } from '../receive/datagrams/index.ts';
import { type Config, ConfigError, isLoopback, splitAddress } from './config.ts';

/** The ports of Jaeger's agent: Thrift's compact and its binary protocol. Both are taken on either. */
const AGENT_PORTS = [6831, 6832] as const;

export interface JaegerAgent {
  close(): Promise<void>;
}

/**
 * Opens what Jaeger's clients send datagrams to: the address that is configured, or with `--compat-ports` the agent's ports on
 * a loopback address. Nobody proves who sends. Rejects with ConfigError when an address that was asked for cannot be had.
 */
export async function openJaegerAgent(config: Config, submit: Submit, telemetry: Telemetry): Promise<JaegerAgent> {
  const { log, metrics } = telemetry;
  const { agent_listen: configured, tenant } = config.jaeger;
  const lost = metrics.counter(
    'trilith_jaeger_lost_datagrams_total',
    'Datagrams of spans that could not be stored and that nobody sends again.',
  );
  const listenTo = (address: string): ReturnType<typeof listenDatagrams> =>
    listenDatagrams({
      ...splitAddress(address),
      door: 'jaeger-agent',
      tenant,
      submit,
      onProblem: (message) => log.limited('WARN', 'jaeger agent', 10, `jaeger agent: ${message}`),
      onLost: (datagrams, why) => {
        lost.inc(datagrams);
        log.limited('ERROR', 'jaeger spans lost', 10, `spans sent by UDP were lost: ${why}`, { datagrams });
      },
    });
  if (configured === 'off') return { close: async () => undefined };
  if (configured !== undefined) {
    try {
      const listener = await listenTo(configured);
      if (!isLoopback(splitAddress(configured).host))
        log.warn(`jaeger.agent_listen: whoever reaches ${configured} can send spans`);
      return listener;
    } catch (error) {
      throw new ConfigError(`jaeger.agent_listen: ${configured} cannot be opened: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  const { host } = splitAddress(config.listen);
  const addresses = config.compat_ports && isLoopback(host) ? AGENT_PORTS.map((port) => `${host}:${port}`) : [];
  const opened = await Promise.allSettled(addresses.map(listenTo));
  const listeners = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  for (const [i, one] of opened.entries())
    if (one.status === 'rejected')
      log.warn(`${addresses[i]} (udp) could not be opened; spans are taken over HTTP and gRPC`, { error: one.reason });
  return {
    async close() {
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}
