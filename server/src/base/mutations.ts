/**
 * Deterministic damage to byte strings, for tests that decoders never do worse than refuse: flipped bits, telling bytes,
 * pieces removed, doubled, swapped, lengths that lie, varints stretched, truncation.
 */
const TELLING_BYTES = [0x00, 0x7f, 0x80, 0xff, 0x22, 0x5c, 0x7b, 0x5b, 0x0a];

/** A small seeded generator (mulberry32): numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `count` damaged copies of `bytes`, the same ones for the same seed. */
export function* mutations(bytes: Uint8Array, count: number, seed: number): Generator<Uint8Array<ArrayBuffer>> {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let i = 0; i < count; i++) {
    let damaged = Uint8Array.from(bytes);
    for (let steps = 1 + below(3); steps > 0 && damaged.length > 0; steps--) damaged = damage(damaged, below);
    yield damaged;
  }
}

function damage(bytes: Uint8Array<ArrayBuffer>, below: (limit: number) => number): Uint8Array<ArrayBuffer> {
  const at = below(bytes.length);
  const length = 1 + below(Math.min(16, bytes.length - at));
  const piece = bytes.subarray(at, at + length);
  switch (below(8)) {
    case 0:
      bytes[at] = (bytes[at] as number) ^ (1 << below(8));
      return bytes;
    case 1:
      bytes[at] = TELLING_BYTES[below(TELLING_BYTES.length)] as number;
      return bytes;
    case 2:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 3:
      return joined(bytes.subarray(0, at), piece, piece, bytes.subarray(at + length));
    case 4:
      return Uint8Array.from(bytes.subarray(0, at));
    case 5:
      bytes[at] = (bytes[at] as number) + (below(2) === 0 ? 1 : -1);
      return bytes;
    case 6:
      return joined(bytes.subarray(0, at), new Uint8Array(9 + below(3)).fill(0xff), bytes.subarray(at));
    default: {
      const from = below(bytes.length);
      return joined(bytes.subarray(0, at), bytes.subarray(from, from + 32), bytes.subarray(at));
    }
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat(parts));
}
