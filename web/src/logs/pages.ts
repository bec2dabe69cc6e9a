import type { LogRow } from './rows.ts';

/** A page of the list: its lines, or after they were let go only where they are. */
export interface Page {
  /** The cursor it lies behind; null for the first page. */
  readonly after: string | null;
  /** The cursor it ends with. */
  readonly until: string | null;
  /** The number of its first line in the whole list. */
  readonly start: number;
  readonly count: number;
  readonly rows: readonly LogRow[] | null;
}

/** A list of lines of which only the pages one looks at are in memory. */
export interface Pages {
  readonly list: readonly Page[];
  /** Lines in all pages, those let go included. */
  readonly count: number;
  /** Where the next page begins; null before the first and after the last one. */
  readonly next: string | null;
  readonly ended: boolean;
}

export const noPages: Pages = { list: [], count: 0, next: null, ended: false };

/** With one more page at the end; `next` is null when it was the last. */
export function appended(pages: Pages, rows: readonly LogRow[], next: string | null): Pages {
  const until = next ?? rows.at(-1)?.cursor ?? null;
  const page: Page = { after: pages.next, until, start: pages.count, count: rows.length, rows };
  return { list: [...pages.list, page], count: pages.count + rows.length, next, ended: next === null };
}

/** With the lines of a page that had been let go; lines that arrived late meanwhile push the later ones down. */
export function refilled(pages: Pages, at: number, rows: readonly LogRow[]): Pages {
  const grown = rows.length - (pages.list[at]?.count ?? rows.length);
  const list = pages.list.map((page, i) =>
    i === at
      ? { ...page, rows, count: rows.length }
      : i > at && grown !== 0
        ? { ...page, start: page.start + grown }
        : page,
  );
  return { ...pages, list, count: pages.count + grown };
}

/** The place of the page that holds a line; -1 outside the list. */
function pageOf(pages: Pages, index: number): number {
  if (index < 0 || index >= pages.count) return -1;
  let low = 0;
  let high = pages.list.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pages.list[middle]?.start ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The line at a place; undefined while its page is let go. */
export function rowAt(pages: Pages, index: number): LogRow | undefined {
  const page = pages.list[pageOf(pages, index)];
  return page?.rows?.[index - page.start];
}

/** The place of a line among those in memory; -1 when it is not there. */
export function indexOfRow(pages: Pages, id: string): number {
  for (const page of pages.list) {
    const at = page.rows?.findIndex((row) => row.id === id) ?? -1;
    if (at >= 0) return page.start + at;
  }
  return -1;
}

/** The first page among the lines `first` to `last` that must be read again; -1 when all are there. */
export function firstMissing(pages: Pages, first: number, last: number): number {
  const end = pageOf(pages, Math.min(last, pages.count - 1));
  for (let at = Math.max(0, pageOf(pages, Math.max(0, first))); at <= end; at += 1)
    if (pages.list[at]?.rows === null) return at;
  return -1;
}

/** With the lines of at most `kept` pages, those nearest to the lines `first` to `last`. */
export function evicted(pages: Pages, first: number, last: number, kept: number): Pages {
  const held = pages.list.filter((page) => page.rows !== null).length;
  if (held <= kept) return pages;
  const middle = (first + last) / 2;
  const distance = (page: Page): number => Math.abs(page.start + page.count / 2 - middle);
  const far = pages.list
    .filter((page) => page.rows !== null && (page.start + page.count <= first || page.start > last))
    .sort((a, b) => distance(b) - distance(a));
  const gone = new Set(far.slice(0, held - kept));
  return { ...pages, list: pages.list.map((page) => (gone.has(page) ? { ...page, rows: null } : page)) };
}
