import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import type { Outcome } from '../../model/ingest.ts';

/** What a stored request is answered with: how many records were refused, and what is to be said; empty when all is well. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

/** Longer messages would only fill the sender's own log. */
const MESSAGE_BYTES = 900;

export function partialSuccess(outcome: Extract<Outcome, { kind: 'stored' }>): PartialSuccess {
  const parts = outcome.rejections.map(({ reason, count, message }) => `${count} rejected (${reason}): ${message}`);
  return {
    rejected: outcome.rejections.reduce((sum, { count }) => sum + count, 0),
    message: shortened([...parts, ...warnings(outcome.report)].join('; ')),
  };
}

/** An Export*ServiceResponse: empty when all is well, else partial_success (1: rejected = 1, error_message = 2). */
export function exportResponse({ rejected, message }: PartialSuccess): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter();
  if (message !== '') {
    const partial = writer.open(1);
    if (rejected > 0) writer.uint32(1, rejected);
    writer.text(2, message);
    writer.close(partial);
  }
  return Uint8Array.from(writer.finish());
}

/** What was stored but not in full: the specification has a partial success with nothing rejected for that. */
function warnings(report: unknown): string[] {
  if (typeof report !== 'object' || report === null) return [];
  const { droppedAttributes = 0, truncatedValues = 0 } = report as {
    droppedAttributes?: number;
    truncatedValues?: number;
  };
  return [
    ...(droppedAttributes > 0 ? [`${droppedAttributes} attributes beyond the limit per record were dropped`] : []),
    ...(truncatedValues > 0 ? [`${truncatedValues} values were truncated`] : []),
  ];
}

/** A message cut to what is worth sending. */
export function shortened(message: string): string {
  const bytes = Buffer.from(message);
  return bytes.length <= MESSAGE_BYTES ? message : `${bytes.subarray(0, MESSAGE_BYTES).toString('utf8')}…`;
}
