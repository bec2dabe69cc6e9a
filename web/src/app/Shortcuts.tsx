import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef } from 'react';
import { type Binding, nextChord, type Stroke, strokeOf } from './chords.ts';

type Layer = { readonly current: readonly Binding[] };

interface Registry {
  readonly add: (layer: Layer) => () => void;
}

const ShortcutContext = createContext<Registry | null>(null);
const chordPatienceMs = 1200;
/** Keys that press what has the focus. */
const pressing = new Set(['Enter', 'Space']);

function isPressable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a, [role="option"], [role^="menuitem"]') !== null;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** A dialog over the page has keys of its own. */
function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[aria-modal="true"]') !== null;
}

/** Listens for the keys of every mounted layer; single letters are off while typing. */
export function ShortcutProvider({ children }: { readonly children: ReactNode }) {
  const layers = useRef<readonly Layer[]>([]);
  const registry = useMemo<Registry>(
    () => ({
      add: (layer) => {
        layers.current = [...layers.current, layer];
        return () => {
          layers.current = layers.current.filter((one) => one !== layer);
        };
      },
    }),
    [],
  );
  useEffect(() => {
    let pending: readonly Stroke[] = [];
    let typedAt = 0;
    const onKey = (event: KeyboardEvent): void => {
      const stroke = strokeOf(event);
      if (stroke === null || event.defaultPrevented || event.isComposing) return;
      if (isInDialog(event.target) || (pressing.has(stroke) && isPressable(event.target))) return;
      if (isTyping(event.target) && !stroke.startsWith('Ctrl+KeyK')) return;
      if (event.timeStamp - typedAt > chordPatienceMs) pending = [];
      typedAt = event.timeStamp;
      const step = nextChord(
        pending,
        stroke,
        layers.current.flatMap((layer) => layer.current),
      );
      pending = step.pending;
      if (step.run === null) return;
      event.preventDefault();
      step.run.run();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return <ShortcutContext.Provider value={registry}>{children}</ShortcutContext.Provider>;
}

/** Binds keys while the component is mounted. */
export function useShortcuts(bindings: readonly Binding[]): void {
  const registry = useContext(ShortcutContext);
  const layer = useRef<readonly Binding[]>(bindings);
  layer.current = bindings;
  useEffect(() => registry?.add(layer), [registry]);
}
