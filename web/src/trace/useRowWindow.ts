import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';

export interface RowWindow {
  readonly ref: RefObject<HTMLDivElement | null>;
  readonly onScroll: () => void;
  /** The rows to draw: `first` up to but not including `last`. */
  readonly first: number;
  readonly last: number;
  /** Rows that are drawn at most: a row's place modulo this names the element it is drawn in. */
  readonly slots: number;
  readonly scrollTo: (place: number) => void;
}

const overscan = 12;

/** Which of many rows of one height (CSS pixels) a scrolled box shows. */
export function useRowWindow(count: number, rowHeight: number): RowWindow {
  const ref = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ first: 0, slots: 50 });
  const onScroll = useCallback(() => {
    const box = ref.current;
    if (box === null) return;
    const first = Math.max(0, Math.floor(box.scrollTop / rowHeight) - overscan);
    const slots = Math.ceil(box.clientHeight / rowHeight) + 2 * overscan;
    setSeen((was) => (was.first === first && was.slots === slots ? was : { first, slots }));
  }, [rowHeight]);
  useLayoutEffect(() => {
    if (ref.current === null) return;
    onScroll();
    const observer = new ResizeObserver(onScroll);
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [onScroll]);
  const scrollTo = useCallback(
    (place: number) => {
      const box = ref.current;
      if (box === null || place < 0) return;
      const top = place * rowHeight;
      if (top < box.scrollTop) box.scrollTop = Math.max(0, top - rowHeight * 3);
      else if (top + rowHeight > box.scrollTop + box.clientHeight)
        box.scrollTop = top - box.clientHeight + rowHeight * 4;
    },
    [rowHeight],
  );
  const first = Math.min(seen.first, Math.max(0, count - seen.slots));
  return { ref, onScroll, first, last: Math.min(count, first + seen.slots), slots: seen.slots, scrollTo };
}
