/** The words of 64-bit numbers, the lower one first: reading a whole one would make an object of it. */
export function wordsOf<T extends Int32Array | Uint32Array>(
  Words: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => T,
  { buffer, byteOffset, length }: BigInt64Array | BigUint64Array,
): T {
  return new Words(buffer, byteOffset, length * 2);
}
