import { createHash, timingSafeEqual } from 'node:crypto';

/** What a key may do: send telemetry, read, or everything. */
export type Role = 'ingest' | 'viewer' | 'admin';

/** A key as configured; the key itself is never kept, only its SHA-256. */
export interface KeyRecord {
  readonly name: string;
  readonly sha256: string;
  readonly role: Role;
  readonly tenant: string;
}

/** Who a request comes from. The tenant comes from the key, never from a header. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
  readonly tenant: string;
}

export interface Access {
  /** Whether anyone who reaches the address is let in (loopback without keys). */
  readonly open: boolean;
  /** The caller of a request, or null when it shows no valid key. */
  authenticate(headers: Readonly<Record<string, string>>): Principal | null;
  /** Whether the principal may do what the request is about. */
  allows(principal: Principal, needed: 'ingest' | 'read' | 'admin'): boolean;
}

const ANYONE: Principal = { name: 'local', role: 'admin', tenant: 'trilith' };

/**
 * Keys are taken from `Authorization: Bearer KEY`, from the password of `Authorization: Basic` (as Prometheus' and
 * Promtail's basic_auth send it), from `Authorization: ApiKey` (Elasticsearch's clients: base64 of `id:key`) and from
 * `X-Api-Key`.
 */
export function createAccess(keys: readonly KeyRecord[]): Access {
  const digests = keys.map((key) => ({ key, digest: Buffer.from(key.sha256, 'hex') }));
  const open = keys.length === 0;
  return {
    open,
    authenticate(headers) {
      if (open) return ANYONE;
      const presented = presentedKey(headers);
      if (presented === null) return null;
      const digest = createHash('sha256').update(presented).digest();
      let found: KeyRecord | null = null;
      // Every record is compared, so that the time taken says nothing about which one matched.
      for (const candidate of digests) if (timingSafeEqual(candidate.digest, digest)) found = candidate.key;
      return found === null ? null : { name: found.name, role: found.role, tenant: found.tenant };
    },
    allows(principal, needed) {
      if (principal.role === 'admin') return true;
      return needed === 'ingest' ? principal.role === 'ingest' : needed === 'read' && principal.role === 'viewer';
    },
  };
}

function presentedKey(headers: Readonly<Record<string, string>>): string | null {
  const header = headers.authorization ?? '';
  if (/^bearer /i.test(header)) return header.slice(7).trim();
  const pair = /^(?:basic|apikey) (.*)$/i.exec(header)?.[1];
  if (pair !== undefined) {
    const text = Buffer.from(pair, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    return colon < 0 ? null : text.slice(colon + 1);
  }
  return headers['x-api-key'] ?? null;
}
