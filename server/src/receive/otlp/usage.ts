import { type DecodeContext, DecodeError, type DecodeLimits } from '../../model/ingest.ts';

/** What one request has used of its limits, and what had to be shortened. */
export interface Usage {
  readonly limits: DecodeLimits;
  /**
   * Whether records can be made again from what is stored, as spans are: lists keep every type, and how many attributes
   * are not kept is the caller's to keep. Otherwise lists are the JSON people expect, and the count is an attribute.
   */
  readonly exact: boolean;
  records: number;
  elements: number;
  droppedAttributes: number;
  truncatedValues: number;
}

export function newUsage(context: DecodeContext, exact = false): Usage {
  return { limits: context.limits, exact, records: 0, elements: 0, droppedAttributes: 0, truncatedValues: 0 };
}

/** Counts a log record or span. @throws DecodeError `too-large` */
export function countRecord(usage: Usage): void {
  if (++usage.records > usage.limits.recordsPerRequest) {
    throw new DecodeError('too-large', `more than ${usage.limits.recordsPerRequest} records in one request`);
  }
}

/** Counts attributes, events, links or nested values, dropped ones too. @throws DecodeError `undecodable` */
export function countElement(usage: Usage, count = 1): void {
  usage.elements += count;
  if (usage.elements > usage.limits.elementsPerRequest) {
    throw new DecodeError('undecodable', `more than ${usage.limits.elementsPerRequest} elements in one request`);
  }
}
