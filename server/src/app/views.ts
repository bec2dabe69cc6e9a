import { viewRoutes } from '../api/trilith/index.ts';
import type { Route } from '../base/http.ts';
import { type HistoryOptions, openViews } from '../state/index.ts';

/** The endpoints of saved views; views are kept as history. */
export function savedViewRoutes(history: HistoryOptions): Route[] {
  return viewRoutes(openViews(history));
}
