import { useSyncExternalStore } from 'react';

const storageKey = 'trilith-person';
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

/** Id of the person of the on-call file this browser acts as; empty until somebody said so. It is kept in the browser. */
export function useMe(): { readonly me: string; readonly setMe: (person: string) => void } {
  const me = useSyncExternalStore(subscribe, () => localStorage.getItem(storageKey) ?? '');
  return {
    me,
    setMe: (person) => {
      if (person === '') localStorage.removeItem(storageKey);
      else localStorage.setItem(storageKey, person);
      for (const listener of listeners) listener();
    },
  };
}
