import { changeRoutes, changeWriteRoutes } from '../api/trilith/index.ts';
import type { Route } from '../base/http.ts';
import type { Ingest } from '../ingest/index.ts';
import { type Changes, type HistoryOptions, openChanges } from '../state/index.ts';
import type { Store } from '../store/index.ts';
import { savedViewRoutes } from './views.ts';

/** What is kept as history, and the endpoints of changes and of saved views. */
export interface KeptChanges {
  readonly history: HistoryOptions;
  readonly changes: Changes;
  readonly reads: Route[];
  readonly writes: Route[];
}

/** Change markers and saved views: kept through the log like telemetry, answered from memory. */
export function startChanges(ingest: Pick<Ingest, 'append' | 'flush'>, store: () => Store | undefined): KeptChanges {
  const history: HistoryOptions = {
    append: (tenant, sections) => ingest.append(tenant, sections),
    flush: () => ingest.flush(),
    reader: () => store()?.reader,
    nowMs: Date.now,
  };
  const changes = openChanges(history);
  return {
    history,
    changes,
    reads: [...changeRoutes(changes), ...savedViewRoutes(history)],
    writes: changeWriteRoutes(changes, Date.now),
  };
}
