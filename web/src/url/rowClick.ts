import type { MouseEvent } from 'react';
import { goTo, type Patch } from './view.ts';

/** A click anywhere on a row goes where its link goes, unless it was on a link or button of its own. */
export function rowClick(path: string, patch: Patch = {}): (event: MouseEvent) => void {
  return (event) => {
    if (event.target instanceof Element && event.target.closest('a, button') === null) goTo(path, patch);
  };
}
