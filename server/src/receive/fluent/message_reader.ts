import { ByteQueue } from '../../base/byte_queue.ts';
import { isJsonObject } from '../../base/json_input.ts';
import { isArray, type MsgpackBounds, MsgpackScanner } from '../../base/msgpack_scanner.ts';
import { decodeObject } from './events.ts';

/** A complete message; `bytes` is valid until the reader is given more. */
export interface ForwardMessage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where its first elements begin, relative to it. */
  readonly elements: readonly number[];
}

const FIRST_BYTES = 128 * 1024;

/** Cuts a connection's bytes into messages. Holds one incomplete message at most, within the bounds. */
export class MessageReader {
  private readonly scanner: MsgpackScanner;
  private readonly queue = new ByteQueue(FIRST_BYTES);

  constructor(bounds: MsgpackBounds) {
    this.scanner = new MsgpackScanner(bounds);
  }

  /** Adds what came. */
  push(bytes: Uint8Array): void {
    this.queue.push(bytes);
  }

  /** Bytes of a message that is not complete. */
  get held(): number {
    return this.queue.length;
  }

  /** The next complete message; undefined until more bytes come. Throws MsgpackError; nothing can be read after that. */
  next(): ForwardMessage | undefined {
    const { bytes } = this.queue;
    const end = this.scanner.scan(bytes, 0, bytes.length);
    if (end < 0) return undefined;
    const message = { bytes: bytes.subarray(0, end), elements: [...this.scanner.elements] };
    this.queue.drop(end);
    this.scanner.reset();
    return message;
  }
}

/** An option is small; a longer one has no chunk id of ours to find. */
const OPTION_BYTES = 64 * 1024;
const CHUNK_CHARACTERS = 1024;

/** The id under which the sender wants the message acknowledged; undefined: it does not. */
export function chunkOf({ bytes, elements }: ForwardMessage): string | undefined {
  const entries = bytes[elements[1] ?? 0] as number;
  const time = isTime(entries);
  const at = elements[time ? 3 : 2];
  if (at === undefined || !isMap(bytes[at] as number) || bytes.length - at > OPTION_BYTES) return undefined;
  const option = decodeObject(bytes.subarray(at));
  const chunk = isJsonObject(option) ? option.chunk : undefined;
  return typeof chunk === 'string' && chunk.length <= CHUNK_CHARACTERS ? chunk : undefined;
}

/** Numbers and extensions: the second element of a message of one event is its time. */
function isTime(first: number): boolean {
  const isRaw = (first >= 0xa0 && first < 0xc0) || (first >= 0xc4 && first <= 0xc6) || (first >= 0xd9 && first <= 0xdb);
  return !isArray(first) && !isRaw;
}

function isMap(first: number): boolean {
  return (first >= 0x80 && first < 0x90) || first === 0xde || first === 0xdf;
}
