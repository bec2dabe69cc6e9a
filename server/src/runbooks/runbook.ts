import type { RunbookBlock, RunbookProblem } from '@trilith/contract';

/** A Markdown file of the folder, read. */
export interface Runbook {
  /** Its path in the folder without `.md`, with slashes. */
  readonly name: string;
  readonly title: string;
  /** ms since the epoch. */
  readonly changedMs: number;
  /** Names of the alerts that its front matter says it is for. */
  readonly alerts: readonly string[];
  /** Values of labels in its queries while no alert gives one. */
  readonly labels: ReadonlyMap<string, string>;
  /** Its queries stand as they are written: without values of labels. */
  readonly blocks: readonly RunbookBlock[];
  /** What `#…` may lead to. */
  readonly headings: ReadonlySet<string>;
  readonly links: readonly FoundLink[];
  /** What is wrong with it whatever else is in the folder. */
  readonly problems: readonly RunbookProblem[];
}

/** A link or an image of a runbook. */
export interface FoundLink {
  readonly address: Address;
  /** As it is written. */
  readonly written: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * What a link leads to: an address elsewhere, a heading of the same page, another file of the folder (a path without `.md`, or of an
 * image), a screen of ours; or why it leads nowhere.
 */
export type Address =
  | { readonly kind: 'elsewhere' | 'mail' | 'screen'; readonly href: string }
  | { readonly kind: 'heading'; readonly id: string }
  | { readonly kind: 'page'; readonly path: string; readonly heading: string }
  | { readonly kind: 'image'; readonly path: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** An image of the folder. */
export interface RunbookImage {
  readonly file: string;
  readonly type: string;
}

/** What images may be, by their ending. */
export const IMAGE_TYPES: ReadonlyMap<string, string> = new Map([
  ['.png', 'image/png'],
  ['.jpg', 'image/jpeg'],
  ['.jpeg', 'image/jpeg'],
  ['.gif', 'image/gif'],
  ['.webp', 'image/webp'],
  ['.svg', 'image/svg+xml'],
]);
