import type { Section } from '../model/section.ts';

/** What a tail worker is started with: how to reach the store as the read-only user. */
export interface TailWorkerData {
  readonly connection: unknown;
  /** One counter: KiB of sections the worker has taken, modulo 2^32. */
  readonly taken: Int32Array<SharedArrayBuffer>;
  readonly querySeconds: number;
}

/** `loki`: frames of Loki's tail, `loki-categorized` those with labels by origin, `lines`: those of `/api/logs/tail`. */
export type TailFormat = 'loki' | 'loki-categorized' | 'lines';

/**
 * `open` makes a tail that collects what is accepted from then on. `begin`: everything accepted before is in the store; it
 * answers when history is read. `next` answers with the tail's next frame as soon as there is one.
 */
export type TailCall =
  | {
      readonly kind: 'open';
      readonly id: number;
      readonly tenant: string;
      readonly query: string;
      readonly format: TailFormat;
    }
  | { readonly kind: 'begin' | 'next'; readonly id: number };

export type TailAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'frame'; readonly text: Uint8Array<ArrayBuffer> };

/** `skipped`: records that were accepted and not handed over, because the worker is behind. */
export type TailNotice =
  | { readonly kind: 'sections'; readonly tenant: string; readonly sections: readonly Section[]; readonly kib: number }
  | { readonly kind: 'skipped'; readonly tenant: string; readonly rows: number }
  | { readonly kind: 'close'; readonly id: number };
