/** Bytes that are no MessagePack, or more of it than the bounds allow. */
export class MsgpackError extends Error {
  override readonly name = 'MsgpackError';
}

export interface MsgpackBounds {
  readonly depth: number;
  /** Values and keys together, of one object. */
  readonly elements: number;
  /** Size of one object. */
  readonly bytes: number;
}

const NEVER_USED = 0xc1;
/** Of the elements of an array so many positions are noted. */
const ELEMENTS_NOTED = 8;

/**
 * Finds where MessagePack objects (github.com/msgpack/msgpack, spec.md) end in a stream of bytes, without reading them:
 * what a decoder is given afterwards is complete and within bounds. Goes on where the bytes ended the last time.
 */
export class MsgpackScanner {
  /** Where the first elements begin when the object is an array, relative to it. */
  readonly elements: number[] = [];
  private readonly bounds: MsgpackBounds;
  /** Where the next element begins, relative to the object. */
  private at = 0;
  /** Elements still missing, by depth. */
  private missing: number[] = [1];
  private seen = 0;
  private isArray = false;

  constructor(bounds: MsgpackBounds) {
    this.bounds = bounds;
  }

  /** Elements of the object so far, itself included. */
  get count(): number {
    return this.seen;
  }

  /** Begins with another object. */
  reset(): void {
    this.at = 0;
    this.missing = [1];
    this.seen = 0;
    this.elements.length = 0;
  }

  /**
   * @param bytes the object is at `start`, and what came of it ends at `end`; bytes seen in an earlier call are the same
   * @returns the position after the object, or -1 when more bytes are needed
   * @throws MsgpackError
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    const { missing, bounds } = this;
    while (missing.length > 0) {
      const position = start + this.at;
      if (position >= end) return this.more();
      const size = elementSize(bytes, position, end);
      if (size === 0) return this.more();
      if (missing.length === 2 && this.isArray && this.elements.length < ELEMENTS_NOTED) this.elements.push(this.at);
      if (missing.length === 1) this.isArray = isArray(bytes[position] as number);
      if (++this.seen > bounds.elements) throw new MsgpackError(`more than ${bounds.elements} elements in one message`);
      this.at += size;
      if (this.at > bounds.bytes) throw new MsgpackError(`a message of more than ${bounds.bytes} bytes`);
      missing[missing.length - 1] = (missing.at(-1) as number) - 1;
      const children = childrenOf(bytes, position);
      if (children > 0) {
        if (missing.length > bounds.depth) throw new MsgpackError(`nested deeper than ${bounds.depth}`);
        missing.push(children);
      }
      while (missing.at(-1) === 0) missing.pop();
    }
    return start + this.at <= end ? start + this.at : this.more();
  }

  private more(): -1 {
    if (this.at > this.bounds.bytes) throw new MsgpackError(`a message of more than ${this.bounds.bytes} bytes`);
    return -1;
  }
}

function uint(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] as number);
  return value;
}

/** Bytes of the length field that follows this first byte, for strings, binaries and extensions of variable size. */
function lengthWidth(first: number): number {
  if (first === 0xc4 || first === 0xc7 || first === 0xd9) return 1;
  if (first === 0xc5 || first === 0xc8 || first === 0xda) return 2;
  if (first === 0xc6 || first === 0xc9 || first === 0xdb) return 4;
  return 0;
}

/** Sizes of 0xca to 0xd8: floats, integers, fixed extensions; 0 where another rule holds. */
const FIXED_SIZES: readonly number[] = [5, 9, 2, 3, 5, 9, 2, 3, 5, 9, 3, 4, 6, 10, 18];

/** Size of the element at `at` without its children, or 0 when the bytes end before that is known. */
function elementSize(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  if (first === NEVER_USED) throw new MsgpackError('the byte 0xc1 is no MessagePack');
  if (first < 0xa0 || first >= 0xe0) return 1;
  if (first < 0xc0) return 1 + (first & 0x1f);
  const width = lengthWidth(first);
  if (width > 0) {
    if (at + 1 + width > end) return 0;
    const type = first >= 0xc7 && first <= 0xc9 ? 1 : 0;
    return 1 + width + type + uint(bytes, at + 1, width);
  }
  const fixed = FIXED_SIZES[first - 0xca];
  if (first >= 0xca && fixed !== undefined) return fixed;
  if (first < 0xdc) return 1;
  const header = first % 2 === 0 ? 3 : 5;
  return at + header > end ? 0 : header;
}

/** Whether an array begins with this byte. */
export function isArray(first: number): boolean {
  return (first >= 0x90 && first < 0xa0) || first === 0xdc || first === 0xdd;
}

/** How many elements belong to the array or map at `at`; its header is complete. */
function childrenOf(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first >= 0x80 && first < 0x90) return (first & 0x0f) * 2;
  if (first >= 0x90 && first < 0xa0) return first & 0x0f;
  if (first < 0xdc || first > 0xdf) return 0;
  const items = uint(bytes, at + 1, first % 2 === 0 ? 2 : 4);
  return first >= 0xde ? items * 2 : items;
}
