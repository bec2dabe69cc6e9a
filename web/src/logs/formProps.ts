import type { MouseEvent } from 'react';
import type { LogRow } from './rows.ts';
import type { LogLines } from './useLogLines.ts';
import type { LogView } from './useLogView.ts';
import type { Selection } from './useSelection.ts';

/** What a form of the list draws and tells. */
export interface FormProps {
  readonly view: LogView;
  readonly lines: LogLines;
  readonly selection: Selection;
  /** The number of the line the keyboard is at; -1 for none. */
  readonly cursor: number;
  /** Literal texts to mark. */
  readonly wanted: readonly string[];
  /** Moves the keyboard's line. */
  readonly onStep: (by: number) => void;
  readonly onScrolled: (scrolled: boolean) => void;
  readonly onOpen: (row: LogRow, index: number, event: MouseEvent) => void;
}
