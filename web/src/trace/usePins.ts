import { useCallback, useMemo, useState } from 'react';
import { keptList } from '../app/keptList.ts';

/** What this browser remembers of the trace screen: names of attributes that stand first at every span. */
const pinnedAttributes = keptList('trilith-trace-pinned', 12);

export interface Pins {
  /** Pinned last first. */
  readonly names: readonly string[];
  readonly toggle: (name: string) => void;
}

/** The pinned attributes of this browser. */
export function usePins(): Pins {
  const [names, setNames] = useState(pinnedAttributes.read);
  const toggle = useCallback((name: string) => {
    if (pinnedAttributes.read().includes(name)) pinnedAttributes.remove(name);
    else pinnedAttributes.note(name);
    setNames(pinnedAttributes.read());
  }, []);
  return useMemo(() => ({ names, toggle }), [names, toggle]);
}
