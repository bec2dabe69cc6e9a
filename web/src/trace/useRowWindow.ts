import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';

export interface RowWindow {
  readonly ref: RefObject<HTMLDivElement | null>;
  readonly onScroll: () => void;
  /** The rows to draw: `first` up to but not including `last`. */
  readonly first: number;
  readonly last: number;
  /** Rows that are drawn at most: a row's place modulo this names the element it is drawn in. */
  readonly slots: number;
  /**
   * The same rows in the order of their elements. While one scrolls no element moves in the document: a row that leaves
   * at one end is drawn anew at the other. When scrolling rests the elements are put in the order one reads them.
   */
  readonly places: readonly number[];
  readonly scrollTo: (place: number) => void;
}

/** Rows drawn beyond each edge: what a fast wheel moves in one frame. */
const overscan = 8;
const restMs = 200;

/** Rows `first` to `first + slots`, those below `count`, from the slot of `head` on. */
function placesOf(head: number, first: number, slots: number, count: number): readonly number[] {
  const places: number[] = [];
  for (let at = 0; at < slots; at += 1) {
    const place = first + ((((head + at - first) % slots) + slots) % slots);
    if (place < count) places.push(place);
  }
  return places;
}

/** Which of many rows of one height (CSS pixels) a scrolled box shows. */
export function useRowWindow(count: number, rowHeight: number): RowWindow {
  const ref = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ first: 0, slots: 50, head: 0 });
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  const onScroll = useCallback(() => {
    const box = ref.current;
    if (box === null) return;
    const first = Math.max(0, Math.floor(box.scrollTop / rowHeight) - overscan);
    const slots = Math.ceil(box.clientHeight / rowHeight) + 2 * overscan;
    setSeen((was) => (was.first === first && was.slots === slots ? was : { ...was, first, slots }));
    clearTimeout(rest.current);
    rest.current = setTimeout(
      () => setSeen((was) => (was.head === was.first ? was : { ...was, head: was.first })),
      restMs,
    );
  }, [rowHeight]);
  useLayoutEffect(() => {
    if (ref.current === null) return;
    onScroll();
    const observer = new ResizeObserver(onScroll);
    observer.observe(ref.current);
    return () => {
      observer.disconnect();
      clearTimeout(rest.current);
    };
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
  const { slots, head } = seen;
  const places = placesOf(head, first, slots, count);
  return { ref, onScroll, first, last: Math.min(count, first + slots), slots, places, scrollTo };
}
