/** Views of the logs screen this browser keeps: a name and the address's parameters, without the time. */
export interface SavedView {
  readonly name: string;
  readonly search: string;
}

const storageKey = 'trilith-logs-views';
const mostViews = 100;
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
export function viewPatch(view: SavedView): Readonly<Record<string, string | null>> {
  const params = new URLSearchParams(view.search);
  return { ...Object.fromEntries(saved.map((name) => [name, params.get(name)])), line: null, at: null };
}

export function readViews(): readonly SavedView[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    if (!Array.isArray(value)) return [];
    return value.flatMap((one: unknown) =>
      typeof one === 'object' && one !== null && 'name' in one && 'search' in one
        ? [{ name: String(one.name), search: String(one.search) }]
        : [],
    );
  } catch {
    // Storage is closed or holds something else: then there are no views.
    return [];
  }
}

/** The views with one more, in place of one of the same name. @throws DOMException when the browser's storage is full or closed */
export function saveView(view: SavedView): readonly SavedView[] {
  const views = [view, ...readViews().filter((one) => one.name !== view.name)].slice(0, mostViews);
  localStorage.setItem(storageKey, JSON.stringify(views));
  return views;
}

export function removeView(name: string): readonly SavedView[] {
  const views = readViews().filter((one) => one.name !== name);
  localStorage.setItem(storageKey, JSON.stringify(views));
  return views;
}
