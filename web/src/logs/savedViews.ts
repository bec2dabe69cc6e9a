import type { SavedView } from '@trilith/contract';
import { fetchViews, keepView } from '../data/views.ts';

/** Where views were kept before the server kept them. */
const storageKey = 'trilith-logs-views';
/** What of the address a view of the logs keeps. */
export const logViewParameters = {
  kept: ['q', 'aa', 'word', 're', 'view', 'cols', 'wrap', 'raw', 'dense', 'fields'],
  dropped: ['line', 'at'],
} as const;

/** The views of the logs screen; those that an earlier version left in this browser go to the server first. */
export async function readViews(): Promise<readonly SavedView[]> {
  const left = leftInBrowser();
  if (left.length === 0) return fetchViews('logs');
  for (const view of left.toReversed()) await keepView(view);
  localStorage.removeItem(storageKey);
  return fetchViews('logs');
}

function leftInBrowser(): readonly SavedView[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    if (!Array.isArray(value)) return [];
    return value.flatMap((one: unknown) =>
      typeof one === 'object' && one !== null && 'name' in one && 'search' in one
        ? [{ screen: 'logs' as const, name: String(one.name), search: String(one.search) }]
        : [],
    );
  } catch {
    // Storage is closed or holds something else: then there are no views in it.
    return [];
  }
}
