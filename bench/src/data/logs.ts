import { snappyCompress } from '../../../server/src/base/snappy.ts';
import type { DatasetInfo, DatasetWriter } from './dataset.ts';
import { logLine } from './log_lines.ts';
import { createRandom } from './random.ts';
import { field, varintSize, WireBuffer } from './wire.ts';

/** Set L1 of the research, scaled: lines of about 200 bytes from many pods (`log_lines.ts`), with what queries look for. */
export interface LogsOptions {
  readonly seed: number;
  readonly services: number;
  readonly podsPerService: number;
  readonly lines: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly linesPerRequest: number;
}

/** The token that stands in exactly one line. */
export const NEEDLE = 'needle7f3a9c51';
/** The token of 45 lines. */
export const RARE = 'rareshard42';
const RARE_LINES = 45;

/** The trace whose id stands in a dozen lines of several services. */
export const TRACE_ID = '7d0f3c5b9a1e48f2b6c4d8e07193a5bd';
const TRACE_LINES = 12;

/** The incident: its share of the time, and of the lines. It ends some time before the data does. */
const INCIDENT = { from: 0.7, timeShare: 5 / 120, lineShare: 0.1 };

interface Stream {
  readonly labels: string;
  readonly service: string;
}

function streams(options: LogsOptions): Stream[] {
  return Array.from({ length: options.services * options.podsPerService }, (_, i) => {
    const service = `service-${i % options.services}`;
    const pod = `${service}-${Math.floor(i / options.services)}`;
    return { service, labels: `{namespace="prod", pod="${pod}", service="${service}"}` };
  });
}

/** Where in the range (0 to 1) a line comes, by its place among all lines: evenly, and denser in the incident. */
function momentOf(place: number): number {
  const { from, timeShare, lineShare } = INCIDENT;
  const evenly = (1 - timeShare) / (1 - lineShare);
  const firstPlace = from / evenly;
  if (place < firstPlace) return place * evenly;
  if (place < firstPlace + lineShare) return from + ((place - firstPlace) * timeShare) / lineShare;
  return from + timeShare + (place - firstPlace - lineShare) * evenly;
}

/** Writes Loki push requests (protobuf, snappy), lines in time order; every stream of a request is one message. */
export function generateLogs(options: LogsOptions, out: DatasetWriter): DatasetInfo {
  const random = createRandom(options.seed);
  const all = streams(options);
  const needleAt = Math.floor(options.lines * 0.4);
  const traceAt = Math.floor(options.lines * 0.6);
  const rareEvery = Math.floor(options.lines / RARE_LINES);
  const wire = new WireBuffer(options.linesPerRequest * 4096 + 65_536);
  const spanMs = options.toMs - options.fromMs;
  for (let first = 0; first < options.lines; first += options.linesPerRequest) {
    const count = Math.min(options.linesPerRequest, options.lines - first);
    const entries = new Map<Stream, Buffer[]>();
    let raw = 0;
    for (let i = 0; i < count; i++) {
      const index = first + i;
      const stream = random.pick(all);
      const isRare = index % rareEvery === 7 && index / rareEvery < RARE_LINES;
      const moment = momentOf(index / options.lines);
      const text = logLine(random, {
        service: stream.service,
        planted: index === needleAt ? ` ${NEEDLE}` : isRare ? ` ${RARE}` : '',
        incident: moment >= INCIDENT.from && moment < INCIDENT.from + INCIDENT.timeShare,
        ...(index >= traceAt && index < traceAt + TRACE_LINES ? { traceId: TRACE_ID } : {}),
      });
      raw += text.length;
      const timeMs = options.fromMs + moment * spanMs;
      const list = entries.get(stream) ?? [];
      list.push(entry(timeMs, index, text));
      entries.set(stream, list);
    }
    wire.length = 0;
    for (const [stream, list] of entries) {
      const labels = field(1, stream.labels);
      const bytes = list.reduce((sum, item) => sum + item.length, labels.length);
      wire.byte(0x0a);
      wire.varint(bytes);
      wire.raw(labels);
      for (const item of list) wire.raw(item);
    }
    out.add(snappyCompress(wire.view()), count, raw);
  }
  return out.finish();
}

/** EntryAdapter: timestamp {seconds, nanos}, line. The index makes nanoseconds unique. */
function entry(timeMs: number, index: number, text: string): Buffer {
  const seconds = Math.floor(timeMs / 1000);
  const nanos = Math.floor(timeMs % 1000) * 1_000_000 + (index % 1_000_000);
  const timeBytes = 1 + varintSize(seconds) + 1 + varintSize(nanos);
  const bytes = 2 + timeBytes + 1 + varintSize(text.length) + text.length;
  const wire = new WireBuffer(bytes + 12);
  wire.byte(0x12);
  wire.varint(bytes);
  wire.byte(0x0a);
  wire.byte(timeBytes);
  wire.byte(0x08);
  wire.varint(seconds);
  wire.byte(0x10);
  wire.varint(nanos);
  wire.byte(0x12);
  wire.varint(text.length);
  wire.text(text);
  return wire.view();
}
