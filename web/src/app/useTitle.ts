import { useEffect } from 'react';

/** The page title, so that tabs and bookmarks say what they hold. */
export function useTitle(...parts: readonly (string | null)[]): void {
  const title = [...parts.filter((part) => part !== null && part !== ''), 'Trilith'].join(' · ');
  useEffect(() => {
    document.title = title.slice(0, 200);
  }, [title]);
}
