import { changeRoutes, changeWriteRoutes } from '../api/trilith/index.ts';
import type { Route } from '../base/http.ts';
import type { Ingest } from '../ingest/index.ts';
import { type Changes, openChanges } from '../state/index.ts';
import type { Store } from '../store/index.ts';

/** Change markers: kept through the log like telemetry, answered from memory. */
export function startChanges(
  ingest: Pick<Ingest, 'append' | 'flush'>,
  store: () => Store | undefined,
): { readonly changes: Changes; readonly reads: Route[]; readonly writes: Route[] } {
  const changes = openChanges({
    append: (tenant, sections) => ingest.append(tenant, sections),
    flush: () => ingest.flush(),
    reader: () => store()?.reader,
    nowMs: Date.now,
  });
  return { changes, reads: changeRoutes(changes), writes: changeWriteRoutes(changes, Date.now) };
}
