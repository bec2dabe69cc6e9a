import type { Product } from './bench_query.ts';
import type { SetName } from './sets.ts';

export type PeerKind = 'prometheus' | 'victoriametrics' | 'loki' | 'victorialogs' | 'tempo' | 'jaeger';

interface Door {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const REMOTE_WRITE = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
};
const LOKI_PUSH = { 'content-type': 'application/x-protobuf' };
const OTLP = { 'content-type': 'application/x-protobuf' };
const SPANS = { T1: { path: '/v1/traces', headers: OTLP }, T2: { path: '/v1/traces', headers: OTLP } };

/** Which sets a peer takes, and whose questions it is asked; VictoriaLogs in its own language (`logsql.ts`). */
export const PEERS: Readonly<
  Record<PeerKind, { readonly sets: readonly SetName[]; readonly products: readonly Product[] }>
> = {
  prometheus: { sets: ['M1'], products: ['prometheus'] },
  victoriametrics: { sets: ['M1'], products: ['prometheus'] },
  loki: { sets: ['L1'], products: ['loki'] },
  victorialogs: { sets: ['L1'], products: ['loki'] },
  tempo: { sets: ['T1', 'T2'], products: ['tempo'] },
  jaeger: { sets: ['T1', 'T2'], products: ['jaeger'] },
};

/** Where each server takes each set; the bytes are the same. */
export const DOORS: Readonly<Record<PeerKind | 'trilith', Partial<Record<SetName, Door>>>> = {
  trilith: {
    M1: { path: '/api/v1/write', headers: REMOTE_WRITE },
    L1: { path: '/loki/api/v1/push', headers: LOKI_PUSH },
    ...SPANS,
  },
  prometheus: { M1: { path: '/api/v1/write', headers: REMOTE_WRITE } },
  victoriametrics: { M1: { path: '/api/v1/write', headers: REMOTE_WRITE } },
  loki: { L1: { path: '/loki/api/v1/push', headers: LOKI_PUSH } },
  victorialogs: { L1: { path: '/insert/loki/api/v1/push?disable_message_parsing=1', headers: LOKI_PUSH } },
  tempo: SPANS,
  jaeger: SPANS,
};

/** What makes a peer's data queryable at once, asked after the load; those without show it by themselves. */
export const FLUSH: Readonly<Partial<Record<PeerKind, { readonly method: 'GET' | 'POST'; readonly path: string }>>> = {
  victoriametrics: { method: 'GET', path: '/internal/force_flush' },
  victorialogs: { method: 'GET', path: '/internal/force_flush' },
  loki: { method: 'POST', path: '/flush' },
};

/** What comes before a product's own path. */
export function prefixOf(kind: PeerKind | 'trilith', product: Product): string {
  if (kind !== 'trilith') return '';
  return { prometheus: '/prometheus', loki: '', tempo: '/tempo', jaeger: '/jaeger' }[product];
}
