import { isJsonObject } from '../../base/json_input.ts';
import { type MsgpackBounds, MsgpackScanner } from '../../base/msgpack_scanner.ts';
import { decodeObject } from './events.ts';

/** A complete message; `bytes` is valid until the reader is given more. */
export interface ForwardMessage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where its first elements begin, relative to it. */
  readonly elements: readonly number[];
}

const FIRST_BYTES = 128 * 1024;
/** A buffer that a large message made larger is let go. */
const KEPT_BYTES = 1024 * 1024;

/** Cuts a connection's bytes into messages. Holds one incomplete message at most, within the bounds. */
export class MessageReader {
  private readonly scanner: MsgpackScanner;
  private buffer: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BYTES);
  private start = 0;
  private end = 0;

  constructor(bounds: MsgpackBounds) {
    this.scanner = new MsgpackScanner(bounds);
  }

  /** Adds what came. */
  push(bytes: Uint8Array): void {
    const held = this.end - this.start;
    const size = held + bytes.length;
    const wanted = size <= FIRST_BYTES ? FIRST_BYTES : size * 2;
    if (this.end + bytes.length > this.buffer.length || (held === 0 && this.buffer.length > KEPT_BYTES)) {
      const next =
        size <= this.buffer.length / 2 && this.buffer.length <= KEPT_BYTES ? this.buffer : new Uint8Array(wanted);
      next.set(this.buffer.subarray(this.start, this.end));
      this.buffer = next;
      this.start = 0;
      this.end = held;
    }
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Bytes of a message that is not complete. */
  get held(): number {
    return this.end - this.start;
  }

  /** The next complete message; undefined until more bytes come. Throws MsgpackError; nothing can be read after that. */
  next(): ForwardMessage | undefined {
    const end = this.scanner.scan(this.buffer, this.start, this.end);
    if (end < 0) return undefined;
    const message = { bytes: this.buffer.subarray(this.start, end), elements: [...this.scanner.elements] };
    this.start = end;
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
  const isArray = (first >= 0x90 && first < 0xa0) || first === 0xdc || first === 0xdd;
  const isRaw = (first >= 0xa0 && first < 0xc0) || (first >= 0xc4 && first <= 0xc6) || (first >= 0xd9 && first <= 0xdb);
  return !isArray && !isRaw;
}

function isMap(first: number): boolean {
  return (first >= 0x80 && first < 0x90) || first === 0xde || first === 0xdf;
}
