import type { ApiFailure } from '../data/http.ts';
import { toFailure } from '../states/useAnswer.ts';
import { appended, evicted, firstMissing, noPages, type Pages, refilled } from './pages.ts';
import type { LogRow } from './rows.ts';

export interface PagerState {
  readonly pages: Pages;
  /** How the first page fares. */
  readonly first: 'loading' | 'cancelled' | 'failed' | 'here';
  readonly failure: ApiFailure | null;
  readonly loading: boolean;
}

export interface PageRequest {
  readonly after: string | null;
  readonly until: string | null;
  readonly limit: number;
}

export interface PageOfRows {
  readonly rows: readonly LogRow[];
  readonly next: string | null;
}

const firstLines = 200;
const pageLines = 1000;
/** Lines before and after those one sees that should be there when one scrolls on. */
const aheadLines = 400;
const keptPages = 14;

/**
 * Reads a list page by page as one scrolls through it, lets go of pages far from what one sees and reads them again, exactly
 * between their cursors, when one comes back. One request at a time.
 */
export class LogPager {
  private state: PagerState = { pages: noPages, first: 'loading', failure: null, loading: false };
  private readonly listeners = new Set<() => void>();
  private readonly ask: (request: PageRequest, signal: AbortSignal) => Promise<PageOfRows>;
  private controller: AbortController | null = null;
  private seen = { first: 0, last: 0 };

  constructor(ask: (request: PageRequest, signal: AbortSignal) => Promise<PageOfRows>) {
    this.ask = ask;
  }

  readonly snapshot = (): PagerState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Tells which lines are seen, so that they and their neighbours get read. */
  readonly show = (first: number, last: number): void => {
    this.seen = { first, last };
    if (this.state.failure === null && this.state.first !== 'cancelled') void this.work();
  };

  /** Goes on after a failure or a cancellation. */
  readonly retry = (): void => {
    const { pages } = this.state;
    this.change({ failure: null, first: pages.list.length === 0 ? 'loading' : 'here' });
    void this.work();
  };

  readonly cancel = (): void => {
    this.stop();
    if (this.state.pages.list.length === 0) this.change({ first: 'cancelled', loading: false });
  };

  /** Stops what runs; what is shown later starts it again. */
  stop(): void {
    this.controller?.abort();
    this.controller = null;
  }

  private change(part: Partial<PagerState>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }

  /** Reads what is wanted until nothing is. */
  private async work(): Promise<void> {
    if (this.controller !== null) return;
    const controller = new AbortController();
    this.controller = controller;
    try {
      for (let job = this.nextJob(); job !== null; job = this.nextJob()) {
        this.change({ loading: true });
        const { rows, next } = await this.ask(job.request, controller.signal);
        if (controller.signal.aborted) return;
        const { pages } = this.state;
        const grown = job.page === null ? appended(pages, rows, next) : refilled(pages, job.page, rows);
        this.change({ pages: evicted(grown, this.seen.first, this.seen.last, keptPages), first: 'here' });
      }
      this.change({ loading: false });
    } catch (error) {
      if (controller.signal.aborted) return;
      this.change({
        failure: toFailure(error),
        first: this.state.pages.list.length === 0 ? 'failed' : 'here',
        loading: false,
      });
    } finally {
      if (this.controller === controller) this.controller = null;
    }
  }

  private nextJob(): { readonly page: number | null; readonly request: PageRequest } | null {
    const { pages } = this.state;
    const { first, last } = this.seen;
    // What one looks at comes before what one may look at.
    for (const reach of [0, aheadLines]) {
      const at = firstMissing(pages, first - reach, last + reach);
      const page = pages.list[at];
      if (page !== undefined)
        return { page: at, request: { after: page.after, until: page.until, limit: Math.max(1, page.count) } };
    }
    if (pages.ended || last + aheadLines < pages.count) return null;
    const limit = pages.list.length === 0 ? firstLines : pageLines;
    return { page: null, request: { after: pages.next, until: null, limit } };
  }
}
