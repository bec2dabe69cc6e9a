import type { SavedView } from '@trilith/contract';
import { fetchViews, keepView } from '../data/views.ts';

/** Where views were kept before the server kept them. */
const storageKey = 'trilith-logs-views';
/** Parameters that belong to a view; time, the open line and live stay as they are. */
const saved = ['q', 'aa', 'word', 're', 'view', 'cols', 'wrap', 'raw', 'dense', 'fields'] as const;

/** The parameters of a search string that a view keeps. */
export function viewOf(search: string): string {
  const params = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const name of saved) {
    const value = params.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept.toString();
}

/** The change of the address that shows a view: its parameters, and none of the others a view may have. */
export function viewPatch(view: Pick<SavedView, 'search'>): Readonly<Record<string, string | null>> {
  const params = new URLSearchParams(view.search);
  return { ...Object.fromEntries(saved.map((name) => [name, params.get(name)])), line: null, at: null };
}

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
