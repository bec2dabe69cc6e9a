import { BlockList, isIP } from 'node:net';
import type { ProxySettings } from './http_settings.ts';
import type { OutboundProxy } from './outbound.ts';

/** Which proxy a URL is asked through, as Go's httpproxy decides (golang.org/x/net/http/httpproxy). */
type Environment = Readonly<Record<string, string | undefined>>;

/** Whether `no_proxy` names the host: `*`, a domain with or without a leading dot, an address, a network, each with a port. */
function bypassed(noProxy: string, url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (host === 'localhost') return true;
  const family = isIP(host);
  for (const written of noProxy.split(',')) {
    const entry = written.trim().toLowerCase();
    if (entry === '') continue;
    if (entry === '*') return true;
    if (entry.includes('/')) {
      if (family !== 0 && inNetwork(host, family, entry)) return true;
      continue;
    }
    const match = /^(\[[^\]]+\]|[^:]+|[0-9a-f:]+)(?::(\d+))?$/.exec(entry);
    const name = (match?.[1] ?? entry).replace(/^\[|\]$/g, '');
    if (match?.[2] !== undefined && match[2] !== port) continue;
    if (name.startsWith('*.') || name.startsWith('.')) {
      if (host.endsWith(name.replace(/^\*/, ''))) return true;
    } else if (host === name || (family === 0 && host.endsWith(`.${name}`))) return true;
  }
  return false;
}

function inNetwork(host: string, family: number, network: string): boolean {
  const [address = '', bits = ''] = network.split('/');
  const of = isIP(address);
  if (of !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (of === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), of === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, of === 4 ? 'ipv4' : 'ipv6');
}

const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks5h:']);

/** A proxy's address with http as its default scheme; undefined for what is none that can be used. */
function proxyUrl(written: string): URL | undefined {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && SCHEMES.has(url.protocol) ? url : undefined;
}

/** The proxy of an HTTP client, or undefined when it has none. Throws Error for a proxy that cannot be used. */
export function proxyOf(settings: ProxySettings, env: Environment = process.env): OutboundProxy | undefined {
  if (settings.kind === 'none') return undefined;
  const connectHeaders: Record<string, string> = {};
  for (const [name, value] of settings.connectHeaders) connectHeaders[name] = value.reveal();
  if (settings.kind === 'url') {
    const url = proxyUrl(settings.url);
    if (url === undefined)
      throw new Error(`proxy_url ${JSON.stringify(settings.url)} is no http, https or socks5 proxy`);
    return { via: (target) => (bypassed(settings.noProxy, target) ? undefined : url), connectHeaders };
  }
  const named = (name: string): string => env[name] ?? env[name.toLowerCase()] ?? '';
  const via = (target: URL): URL | undefined => {
    const written = named(target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
    if (written === '' || bypassed(named('NO_PROXY'), target)) return undefined;
    // Go leaves loopback addresses out when the proxy comes from the environment.
    if (/^(?:127\.|\[::1\])/.test(target.hostname)) return undefined;
    return proxyUrl(written);
  };
  return { via, connectHeaders };
}
