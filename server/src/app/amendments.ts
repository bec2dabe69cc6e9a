import {
  ownProblems,
  type StatusSources,
  statusOf,
  TRACE_CONTEXT_PATH,
  withChanges,
  withOwnProblems,
} from '../api/trilith/index.ts';
import type { Changes } from '../state/index.ts';
import type { Amendment } from './answer.ts';

/** What the main thread adds to answers of query workers: the program's own problems, change markers around a trace. */
export function amendments(changes: Changes, sources: StatusSources): readonly Amendment[] {
  return [
    {
      path: /^\/api\/problems$/,
      amend: (response) =>
        withOwnProblems(response, ownProblems(statusOf(sources), { targets: [...sources.targets()] })),
    },
    { path: TRACE_CONTEXT_PATH, amend: (response, tenant) => withChanges(changes, tenant, response) },
  ];
}
