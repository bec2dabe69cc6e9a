/**
 * Stored ids of series and log streams: 16 bits of a hash of the prefix (metric name or service) above 48 bits of a hash of
 * all labels, so that ids sort by prefix. The same labels give the same id in every process and after every restart.
 */
export interface SeriesId {
  readonly high: number;
  readonly low: number;
}

/**
 * @param prefix metric name or service name
 * @param bytes the labels as `model/label_bytes` writes them
 * @param salt 0, or how many ids were found taken by other labels before
 */
export function seriesId(prefix: string, bytes: Uint8Array, start: number, end: number, salt: number): SeriesId {
  const name = Buffer.from(prefix, 'utf8');
  const prefixHash = murmur3(name, 0, name.length, 0) >>> 16;
  const labelsHigh = murmur3(bytes, start, end, 0x51ed270b + salt) & 0xffff;
  return { high: ((prefixHash << 16) | labelsHigh) >>> 0, low: murmur3(bytes, start, end, 0x2545f491 + salt) };
}

/** MurmurHash3_x86_32 (public domain, A. Appleby). Part of the stored format: it never changes. */
export function murmur3(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed | 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    hash ^= mixWord(word);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  if (at < end) {
    let word = 0;
    for (let shift = 0; at < end; at++, shift += 8) word |= (bytes[at] as number) << shift;
    hash ^= mixWord(word);
  }
  hash ^= end - start;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixWord(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
