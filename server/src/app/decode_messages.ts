import type { SpanMetricsSettings, StageCounts, StageSettings } from '../ingest/index.ts';
import type { Counts, DecodeLimits, Rejection, Submission } from '../model/ingest.ts';
import type { Section } from '../model/section.ts';

/** What the decode worker is started with. */
export interface DecodeWorkerData {
  readonly limits: DecodeLimits;
  readonly activeSeries: number;
  readonly activeStreams: number;
  readonly stages: StageSettings;
  readonly spanMetrics: SpanMetricsSettings;
}

export interface DecodeRequest {
  readonly submission: Submission;
  /** Arrival, ms since the epoch. */
  readonly nowMs: number;
  /** Records up to this time may have been stored before the worker began, ms since the epoch; 0: none. */
  readonly storedUntilMs: number;
}

export type DecodeAnswer = DecodeResult & {
  /** The request's body, where nothing of it is kept: its memory may be used again. */
  readonly spent?: ArrayBuffer;
};

export type DecodeResult =
  | {
      readonly kind: 'decoded';
      /** Names this answer in a later notice. */
      readonly token: number;
      readonly sections: readonly Section[];
      readonly accepted: Counts;
      readonly rejections: readonly Rejection[];
      readonly report?: unknown;
      /** What was masked and dropped; absent: nothing. */
      readonly stages?: StageCounts;
    }
  | { readonly kind: 'undecodable' | 'unsupported' | 'too-large'; readonly message: string };

/**
 * What became of a decoded answer: only after `written` are the label rows it carried taken as stored; after `failed`
 * the next request that uses those series carries them again.
 */
export type DecodeNotice =
  | { readonly kind: 'written' | 'failed'; readonly token: number }
  /** Rows of a tenant's series were deleted: those in use have to be written again. */
  | { readonly kind: 'deleted'; readonly tenant: string }
  /** The configuration was read again. */
  | { readonly kind: 'stages'; readonly settings: StageSettings }
  /** Memory of blocks that are in the store: it may be used again. */
  | { readonly kind: 'spent'; readonly buffers: readonly ArrayBuffer[] };
