import { xxhash64 } from '../../base/xxhash64.ts';
import type { Labels } from '../../model/labels.ts';
import type { LogPosition } from '../../store/index.ts';
import type { PipelineRow } from '../logql/pipeline.ts';
import type { StreamLabels } from '../logql/row_labels.ts';
import { labelsByOrigin } from '../logql/stream_groups.ts';
import { SEVERITY_FIELD } from '../logql/vocabulary.ts';

/** One line as the pipeline leaves it. */
export interface LogLineView {
  readonly position: LogPosition;
  /** The same for the same record in every answer; different for records that differ in anything. */
  readonly hash: string;
  readonly stream: StreamLabels;
  /** Upper case as stored; empty when unknown. */
  readonly level: string;
  readonly service: string;
  readonly line: string;
  /** Empty when the record has none. */
  readonly traceId: string;
  readonly spanId: string;
  /** What is left of the stream's labels, structured metadata, and what stages of the query added: name, value, … */
  readonly labels: Labels;
  readonly metadata: Labels;
  readonly parsed: Labels;
}

/** @param identity the record's, as its batch has it */
export function lineView(row: PipelineRow, stream: StreamLabels, streamId: bigint, identity: string): LogLineView {
  const field = (name: string): string => row.labels.field(name) ?? '';
  const { stream: labels, metadata, parsed } = labelsByOrigin(row);
  return {
    position: { timeNs: row.timeNs, streamId },
    hash: xxhash64(Buffer.from(identity)).toString(36),
    stream,
    level: field(SEVERITY_FIELD),
    service: field('service_name'),
    line: row.line,
    traceId: field('trace_id'),
    spanId: field('span_id'),
    labels,
    metadata,
    parsed,
  };
}
