import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { refreshing } from './refresh.ts';
import type { Discovery, DiscoveryContext, TargetGroup } from './target_group.ts';

interface DnsSettings {
  readonly names: readonly string[];
  readonly type: 'SRV' | 'A' | 'AAAA' | 'MX' | 'NS';
  readonly port: number;
  readonly refreshMs: number;
}

export interface DnsSurroundings {
  /** Servers with ports; default: the system's. */
  readonly servers?: readonly string[];
  /** Domains appended to names that do not end with a dot; default: the system's. */
  readonly search?: readonly string[];
}

/** Search domains of resolv.conf(5); none where the file is not there. */
function searchDomains(path = '/etc/resolv.conf'): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // A system without the file has no search domains.
    return [];
  }
  const lines = text.split('\n').filter((line) => /^(?:search|domain)\s/.test(line));
  return (lines.at(-1) ?? '').trim().split(/\s+/).slice(1);
}

/** The name is not there, which is an answer; anything else is a failure. */
const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA');

/** `dns_sd_configs`: the records of names, asked every `refreshMs` (upstream: discovery/dns). */
export function discoverDns(settings: DnsSettings, context: DiscoveryContext, around: DnsSurroundings = {}): Discovery {
  const resolver = new Resolver({ timeout: 5000, tries: 2 });
  if (around.servers !== undefined) resolver.setServers(around.servers);
  const search = around.search ?? searchDomains();
  const known = new Map<string, TargetGroup>();
  const discovery = refreshing(settings.refreshMs, context, async () => {
    await Promise.all(
      settings.names.map(async (name) => {
        try {
          known.set(name, await lookUp(resolver, name, settings, search));
        } catch (error) {
          context.failed(`${settings.type} ${name}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }),
    );
    return [...known.values()];
  });
  return {
    async stop() {
      resolver.cancel();
      await discovery.stop();
    },
  };
}

async function lookUp(
  resolver: Resolver,
  name: string,
  settings: DnsSettings,
  search: readonly string[],
): Promise<TargetGroup> {
  const candidates = name.endsWith('.') ? [name] : [...search.map((domain) => `${name}.${domain}`), name];
  let targets: Readonly<Record<string, string>>[] = [];
  for (const candidate of candidates) {
    try {
      targets = await records(resolver, candidate, name, settings);
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    if (targets.length > 0) break;
  }
  return { source: name, targets, labels: {} };
}

const hostPort = (host: string, port: number): string => `${isIPv6(host) ? `[${host}]` : host}:${port}`;

async function records(
  resolver: Resolver,
  asked: string,
  name: string,
  { type, port }: DnsSettings,
): Promise<Readonly<Record<string, string>>[]> {
  const target = (address: string, extra: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    __address__: address,
    __meta_dns_name: name,
    __meta_dns_srv_record_target: '',
    __meta_dns_srv_record_port: '',
    __meta_dns_mx_record_target: '',
    __meta_dns_ns_record_target: '',
    ...extra,
  });
  switch (type) {
    case 'SRV':
      return (await resolver.resolveSrv(asked)).map((record) => {
        const extra = {
          __meta_dns_srv_record_target: `${record.name}.`,
          __meta_dns_srv_record_port: String(record.port),
        };
        return target(hostPort(record.name, record.port), extra);
      });
    case 'A':
      return (await resolver.resolve4(asked)).map((address) => target(hostPort(address, port)));
    case 'AAAA':
      return (await resolver.resolve6(asked)).map((address) => target(hostPort(address, port)));
    case 'MX':
      return (await resolver.resolveMx(asked)).map(({ exchange }) =>
        target(hostPort(exchange, port), { __meta_dns_mx_record_target: `${exchange}.` }),
      );
    case 'NS':
      return (await resolver.resolveNs(asked)).map((host) =>
        target(hostPort(host, port), { __meta_dns_ns_record_target: `${host}.` }),
      );
  }
}
