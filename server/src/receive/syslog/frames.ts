import { ByteQueue } from '../../base/byte_queue.ts';

/** Why a stream cannot be cut into messages any more. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
/** A length of more digits is beyond any bound. */
const LENGTH_DIGITS = 10;
const FIRST_BYTES = 64 * 1024;

/**
 * Cuts a TCP stream into syslog messages (RFC 6587): octet counting (`LENGTH SP message`) where a message begins with a
 * digit other than 0, otherwise up to a line feed. Each message may be framed either way.
 */
export class SyslogFrames {
  private readonly maxBytes: number;
  private readonly queue = new ByteQueue(FIRST_BYTES);
  /** Up to here there is no line feed in what waits. */
  private searched = 0;

  /** @param maxBytes the longest message, bytes */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Adds what came; the messages that are complete now, valid until the next call. Throws FrameError. */
  push(received: Uint8Array): Uint8Array[] {
    this.queue.push(received);
    const { bytes } = this.queue;
    const messages: Uint8Array[] = [];
    let at = 0;
    for (let frame = this.frameAt(bytes, at); frame !== undefined; frame = this.frameAt(bytes, at)) {
      if (frame.end > frame.start) messages.push(bytes.subarray(frame.start, frame.end));
      at = frame.next;
      this.searched = 0;
    }
    this.queue.drop(at);
    return messages;
  }

  /** What is left when the stream ends: a last message without a line feed, or nothing. */
  end(): Uint8Array[] {
    const { bytes } = this.queue;
    const [first] = bytes;
    this.queue.drop(bytes.length);
    return first === undefined || isDigit(first) ? [] : [bytes];
  }

  private frameAt(all: Uint8Array, from: number): { start: number; end: number; next: number } | undefined {
    const first = all[from];
    if (first === undefined) return undefined;
    if (isDigit(first)) return this.countedFrame(all, from);
    const end = all.indexOf(LINE_FEED, from + this.searched);
    if (end >= 0) return { start: from, end, next: end + 1 };
    this.searched = all.length - from;
    if (this.searched > this.maxBytes) throw new FrameError(`a message of more than ${this.maxBytes} bytes`);
    return undefined;
  }

  private countedFrame(all: Uint8Array, from: number): { start: number; end: number; next: number } | undefined {
    let length = 0;
    let at = from;
    for (; at < all.length && all[at] !== SPACE; at++) {
      const digit = (all[at] as number) - ZERO;
      if (digit < 0 || digit > 9 || at - from >= LENGTH_DIGITS)
        throw new FrameError('a message begins with no length and no <');
      length = length * 10 + digit;
    }
    if (length > this.maxBytes) throw new FrameError(`a message of ${length} bytes, limit ${this.maxBytes}`);
    const end = at + 1 + length;
    return at < all.length && end <= all.length ? { start: at + 1, end, next: end } : undefined;
  }
}

/** A digit other than 0. */
function isDigit(byte: number): boolean {
  return byte > ZERO && byte <= NINE;
}
