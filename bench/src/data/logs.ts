import { snappyCompress } from '../../../server/src/base/snappy.ts';
import type { DatasetInfo, DatasetWriter } from './dataset.ts';
import { createRandom, type Random } from './random.ts';
import { field, varintSize, WireBuffer } from './wire.ts';

/** Set L1 of the research, scaled: JSON lines of about 200 bytes from many pods, with a needle, a rare and a frequent token. */
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

const VERBS = ['accepted', 'queued', 'settled', 'declined', 'retried', 'expired', 'captured', 'refunded'];
const NOUNS = ['payment', 'transfer', 'card', 'session', 'webhook'];
const LEVELS = ['INFO', 'INFO', 'INFO', 'INFO', 'INFO', 'DEBUG', 'DEBUG', 'WARN', 'ERROR'];

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

function line(random: Random, service: string, extra: string): string {
  const level = random.pick(LEVELS);
  // Zipf-like choice of a template: low numbers come far more often.
  const template = Math.floor(40 * random.next() ** 3);
  const message = `${NOUNS[template % 5]} ${VERBS[template % 8]} in ${random.integer(900) + 1}ms${level === 'ERROR' ? ' connection refused' : ''}${extra}`;
  const trace = random.next() < 0.6 ? `,"trace_id":"${random.hex(32)}"` : '';
  return `{"level":"${level}","service":"${service}","msg":"${message}","user_id":"u${random.integer(50_000)}","amount":${random.integer(100_000)}${trace},"template":${template},"padding":"${'x'.repeat(random.integer(24))}"}`;
}

/** Writes Loki push requests (protobuf, snappy), lines in time order; every stream of a request is one message. */
export function generateLogs(options: LogsOptions, out: DatasetWriter): DatasetInfo {
  const random = createRandom(options.seed);
  const all = streams(options);
  const needleAt = Math.floor(options.lines * 0.4);
  const rareEvery = Math.floor(options.lines / RARE_LINES);
  const wire = new WireBuffer(options.linesPerRequest * 1024 + 65_536);
  const spanMs = options.toMs - options.fromMs;
  for (let first = 0; first < options.lines; first += options.linesPerRequest) {
    const count = Math.min(options.linesPerRequest, options.lines - first);
    const entries = new Map<Stream, Buffer[]>();
    let raw = 0;
    for (let i = 0; i < count; i++) {
      const index = first + i;
      const stream = random.pick(all);
      const extra =
        index === needleAt
          ? ` ${NEEDLE}`
          : index % rareEvery === 7 && index / rareEvery < RARE_LINES
            ? ` ${RARE}`
            : random.next() < 0.2
              ? ' timeout'
              : '';
      const text = line(random, stream.service, extra);
      raw += text.length;
      const timeMs = options.fromMs + (index / options.lines) * spanMs;
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
