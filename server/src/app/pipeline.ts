import { createHash } from 'node:crypto';
import type { WorkerCalls } from '../base/worker_calls.ts';
import { type Admission, type Ingest, IngestUnavailable, type StageCounts } from '../ingest/index.ts';
import type { Outcome, Submission, Submit } from '../model/ingest.ts';
import type { Section } from '../model/section.ts';
import type { DecodeAnswer, DecodeNotice, DecodeRequest } from './decode_messages.ts';

export interface PipelineOptions {
  readonly decoder: Pick<WorkerCalls<DecodeRequest, DecodeAnswer, DecodeNotice>, 'call' | 'notify'>;
  readonly ingest: Pick<Ingest, 'append' | 'refusal' | 'seenBefore'>;
  readonly admission: Admission;
  /** Bytes handed to the decoder and not answered yet; beyond it requests are told to come back. */
  readonly maxQueuedBytes: number;
  readonly now: () => number;
  /** Records up to this time may have been stored before the decode worker began, ms since the epoch; 0: none. */
  readonly storedUntilMs: () => number;
  /** Told what is on disk, before its sender is: a query asked after the answer has to see it. */
  readonly onStored: (tenant: string, sections: readonly Section[]) => void;
  /** Told what was masked and dropped of what is on disk. */
  readonly onStages: (counts: StageCounts) => void;
  /** Given the memory of a body that has been read. */
  readonly onSpent: (buffer: ArrayBuffer) => void;
  readonly onOutcome: (submission: Submission, outcome: Outcome, milliseconds: number) => void;
  readonly onError: (error: unknown, submission: Submission) => void;
}

const HASH_BYTES = 16;

/** First 16 bytes of SHA-1 over tenant, door, place and body: names a request so that a retry of the same bytes is known. */
export function bodyHash(submission: Submission): Uint8Array {
  const { tenant, door, encoding, place } = submission;
  return createHash('sha1')
    .update(`${tenant}\n${door}\n${encoding}\n${place === undefined ? '' : `${place}\n`}`)
    .update(submission.body)
    .digest()
    .subarray(0, HASH_BYTES);
}

/** The way of every record: admission, retry check, decoding in the worker, the log, the answer. */
export function createPipeline(options: PipelineOptions): Submit {
  let queuedBytes = 0;
  const run = async (submission: Submission): Promise<Outcome> => {
    const { ingest, admission, decoder, now } = options;
    const refusal = ingest.refusal();
    if (refusal !== undefined) return unavailable(refusal);
    const bytes = submission.body.byteLength;
    const wait = admission.admit(submission.tenant, bytes, performance.now());
    if (wait > 0) {
      return {
        kind: 'over-quota',
        message: `tenant ${submission.tenant} sends faster than its ingest rate`,
        retryAfterSeconds: Math.ceil(wait),
      };
    }
    if (queuedBytes > 0 && queuedBytes + bytes > options.maxQueuedBytes) {
      return { kind: 'unavailable', message: 'too many requests are being decoded', retryAfterSeconds: 1 };
    }
    // A scrape is not a client's request: two equal bodies are two scrapes.
    const hash = submission.door === 'scrape' || submission.neverRetried === true ? null : bodyHash(submission);
    const isRetry = hash !== null && ingest.seenBefore(hash);
    if (isRetry && submission.needsReport !== true) return STORED_BEFORE;
    queuedBytes += bytes;
    let answer: DecodeAnswer;
    try {
      answer = await decoder.call({ submission, nowMs: now(), storedUntilMs: options.storedUntilMs() }, [
        submission.body.buffer,
      ]);
    } finally {
      queuedBytes -= bytes;
    }
    if (answer.spent !== undefined) options.onSpent(answer.spent);
    if (answer.kind !== 'decoded') return { kind: answer.kind, message: answer.message };
    if (isRetry) {
      decoder.notify({ kind: 'failed', token: answer.token });
      return { ...STORED_BEFORE, rejections: answer.rejections, report: answer.report };
    }
    try {
      let isStored = true;
      if (answer.sections.length > 0) {
        const kept = await ingest.append(submission.tenant, answer.sections, hash === null ? {} : { bodyHash: hash });
        isStored = kept === 'stored';
        if (isStored) options.onStored(submission.tenant, answer.sections);
      }
      // Of two copies of one request only the first was stored, with what it adds to series made from spans.
      decoder.notify({ kind: isStored ? 'written' : 'failed', token: answer.token });
      if (answer.stages !== undefined) options.onStages(answer.stages);
    } catch (error) {
      decoder.notify({ kind: 'failed', token: answer.token });
      throw error;
    }
    return { kind: 'stored', accepted: answer.accepted, rejections: answer.rejections, report: answer.report };
  };
  return async (submission) => {
    const started = performance.now();
    let outcome: Outcome;
    try {
      outcome = await run(submission);
    } catch (error) {
      outcome = unavailable(error);
      if (!(error instanceof IngestUnavailable)) options.onError(error, submission);
    }
    options.onOutcome(submission, outcome, performance.now() - started);
    return outcome;
  };
}

/** Counts of the first time are not kept: the sender only needs to know that its bytes are safe. */
const STORED_BEFORE = {
  kind: 'stored',
  accepted: { samples: 0, histograms: 0, exemplars: 0, logs: 0, spans: 0 },
  rejections: [],
} satisfies Outcome;

/** Whatever broke on our side, the sender keeps its data and tries again. */
function unavailable(error: unknown): Outcome {
  return {
    kind: 'unavailable',
    message: error instanceof Error ? error.message : String(error),
    retryAfterSeconds: error instanceof IngestUnavailable ? error.retryAfterSeconds : 1,
  };
}
