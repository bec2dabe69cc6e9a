const storageKey = 'trilith-promql-history';
const kept = 30;

/** Queries asked in this browser, newest first. */
export function readHistory(): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, kept) : [];
  } catch {
    // Storage is closed or holds something else: then there is no history.
    return [];
  }
}

export function remembered(history: readonly string[], query: string): readonly string[] {
  return [query, ...history.filter((one) => one !== query)].slice(0, kept);
}

export function noteQuery(query: string): void {
  if (query === '' || query.length > 2000) return;
  try {
    localStorage.setItem(storageKey, JSON.stringify(remembered(readHistory(), query)));
  } catch {
    // Storage is full or closed: the history is a convenience.
  }
}
