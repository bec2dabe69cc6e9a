/** Who may ask: anybody (what is asked for is signed), or whoever has a key of that kind. */
export type PathAccess = 'open' | 'read' | 'ingest' | 'admin';

/** Says to the alerts worker whose key a request came with; what a client sends under the name is not passed on. */
export const PRINCIPAL_HEADER = 'x-trilith-principal';

interface AlertPath {
  readonly path: RegExp;
  /** Of methods that change something. */
  readonly changes: PathAccess;
  /** Of GET and HEAD; `read` where nothing is said. */
  readonly reads?: PathAccess;
}

/** Paths the alerts worker answers; the first that matches counts. */
const PATHS: readonly AlertPath[] = [
  { path: /^(\/prometheus|\/loki\/prometheus)?\/api\/v1\/(rules|alerts|alertmanagers)$/, changes: 'read' },
  { path: /^\/loki\/api\/v1\/rules(\/|$)/, changes: 'read' },
  { path: /^\/ack\//, changes: 'open', reads: 'open' },
  { path: /^\/api\/alerts\/evidence\//, changes: 'admin', reads: 'open' },
  { path: /^\/api\/on-call\/slack$/, changes: 'open' },
  // Alerts come from programs: Prometheus and whatever else sends telemetry.
  { path: /^(\/alertmanager)?\/api\/v2\/alerts$/, changes: 'ingest' },
  // Whoever is on call takes alerts on.
  { path: /^\/api\/alerts\/(backtest|responses)$/, changes: 'read' },
  {
    path: /^\/alertmanager(\/|$)|^\/api\/(v2\/(alerts|silences?|status|receivers)|alerts|on-call|slo|drills|runbooks)(\/|$)/,
    changes: 'admin',
  },
];

/** Who may ask the alerts worker for a path; undefined where it is not asked. */
export function alertAccess(method: string, path: string): PathAccess | undefined {
  const found = PATHS.find((candidate) => candidate.path.test(path));
  if (found === undefined) return undefined;
  return method === 'GET' || method === 'HEAD' ? (found.reads ?? 'read') : found.changes;
}
