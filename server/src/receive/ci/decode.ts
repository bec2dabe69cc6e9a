import type { Decode } from '../../model/ingest.ts';
import { RecordSink } from '../records/index.ts';
import { readTrace, type TraceState } from './trace_lines.ts';

/** What is known of the job whose log comes, besides the log. */
export interface CiLogMeta {
  readonly labels: readonly (readonly [string, string])[];
  readonly attributes: readonly (readonly [string, string])[];
  readonly state: TraceState;
}

const NANOS_PER_SECOND = 1_000_000_000n;
const utf8 = new TextDecoder();

/** A part of a job's log to log rows; the report is the state the next part begins with. */
export const decodeCiLog: Decode = (body, context, meta) => {
  const { labels, attributes, state } = meta as CiLogMeta;
  const sink = new RecordSink(context, body.length, true);
  const { lines, after } = readTrace(utf8.decode(body), state);
  for (const { number, timeNs, text, section, isError } of lines) {
    const more: (readonly [string, string])[] = [['line', String(number)]];
    if (section !== '') more.push(['section', section]);
    if (isError === true) more.push(['stream', 'stderr']);
    sink.add({
      labels,
      seconds: Number(timeNs / NANOS_PER_SECOND),
      nanoseconds: Number(timeNs % NANOS_PER_SECOND),
      line: text,
      attributes: [...attributes, ...more],
      // Job and number name a line: a log that is fetched again is the same log.
      isNamed: true,
    });
  }
  return { ...sink.decoded(), report: after satisfies TraceState };
};
