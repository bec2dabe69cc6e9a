/** Short lists this browser remembers, newest first: searches, fields. A convenience, so storage that is closed is an empty list. */
export interface KeptList {
  readonly read: () => readonly string[];
  /** Puts a text first. */
  readonly note: (text: string) => void;
  readonly remove: (text: string) => void;
}

const longestText = 2000;

/** The list with a text put first, at most `kept` long. */
export function withFirst(list: readonly string[], text: string, kept: number): readonly string[] {
  return [text, ...list.filter((one) => one !== text)].slice(0, kept);
}

export function keptList(storageKey: string, kept: number): KeptList {
  const read = (): readonly string[] => {
    try {
      const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
      return Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, kept) : [];
    } catch {
      // Storage is closed or holds something else: then nothing is remembered.
      return [];
    }
  };
  const write = (list: readonly string[]): void => {
    try {
      localStorage.setItem(storageKey, JSON.stringify(list));
    } catch {
      // Storage is full or closed: nothing depends on it.
    }
  };
  return {
    read,
    note: (text) => {
      if (text !== '' && text.length <= longestText) write(withFirst(read(), text, kept));
    },
    remove: (text) => write(read().filter((one) => one !== text)),
  };
}
