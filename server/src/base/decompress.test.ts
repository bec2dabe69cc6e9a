import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { DecompressError, decompress, decompressAside, type Encoding, isSlow } from './decompress.ts';
import { snappyCompress } from './snappy.ts';

const BOUNDS = { maxBytes: 64 << 20, maxRatio: 200 };
const text = new TextEncoder().encode('a line of a log that is sent now and then\n'.repeat(50));
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

const ENCODED: readonly (readonly [Encoding, Uint8Array<ArrayBuffer>])[] = [
  ['identity', own(text)],
  ['gzip', own(gzipSync(text))],
  ['gzip', own(Buffer.concat([gzipSync(text.subarray(0, 100)), gzipSync(text.subarray(100))]))],
  ['deflate', own(deflateSync(text))],
  ['deflate', own(deflateRawSync(text))],
  ['zstd', own(zstdCompressSync(text))],
  ['snappy', snappyCompress(text)],
];

for (const [encoding, body] of ENCODED) {
  test(`${encoding} of ${body.length} bytes gives the text back`, () => {
    assert.deepEqual(own(decompress(encoding, body, BOUNDS)), own(text));
  });
}

test('bytes of another encoding are undecodable, in every pairing', () => {
  for (const encoding of ['gzip', 'deflate', 'zstd', 'snappy'] as const) {
    for (const wrong of [own(new TextEncoder().encode('plain words, not compressed')), new Uint8Array(0)]) {
      assert.throws(
        () => decompress(encoding, wrong, BOUNDS),
        (error) => error instanceof DecompressError && error.kind === 'undecodable',
        encoding,
      );
    }
  }
});

test('a truncated body is undecodable', () => {
  for (const [encoding, body] of ENCODED.slice(1)) {
    assert.throws(
      () => decompress(encoding, body.slice(0, body.length - 5), BOUNDS),
      { kind: 'undecodable' },
      encoding,
    );
  }
});

test('output beyond the size bound is too large, for every encoding', () => {
  for (const [encoding, body] of ENCODED) {
    assert.throws(() => decompress(encoding, body, { maxBytes: 1000, maxRatio: 200 }), { kind: 'too-large' }, encoding);
  }
});

test('above 1 MiB a ratio beyond the bound is too large, below it is not', () => {
  const zeros = (bytes: number) => own(gzipSync(new Uint8Array(bytes)));
  assert.equal(decompress('gzip', zeros(1 << 20), BOUNDS).length, 1 << 20);
  assert.throws(() => decompress('gzip', zeros(4 << 20), BOUNDS), { kind: 'too-large' });
  assert.throws(() => decompress('zstd', own(zstdCompressSync(new Uint8Array(4 << 20))), BOUNDS), {
    kind: 'too-large',
  });
});

test('aside the same comes out, or the same is refused', async () => {
  const zeros = gzipSync(new Uint8Array(4 << 20));
  const bodies: readonly (readonly [Encoding, Uint8Array<ArrayBuffer>])[] = [
    ...ENCODED,
    ...ENCODED.slice(1).map(([encoding, body]) => [encoding, body.slice(0, body.length - 5)] as const),
    ...ENCODED.slice(1).map(([encoding]) => [encoding, new Uint8Array(0)] as const),
    ['gzip', own(zeros)],
    ['gzip', gigabyteOfZeros()],
    ['deflate', gigabyteOfZeros().slice(10)],
    ['zstd', own(zstdCompressSync(new Uint8Array(4 << 20)))],
  ];
  const told = (error: unknown): string => {
    assert.ok(error instanceof DecompressError, `${error}`);
    return `${error.kind}: ${error.message}`;
  };
  for (const [encoding, body] of bodies) {
    let expected: Uint8Array | string;
    try {
      expected = own(decompress(encoding, body, BOUNDS));
    } catch (error) {
      expected = told(error);
    }
    assert.deepEqual(await decompressAside(encoding, body, BOUNDS).then(own, told), expected, encoding);
  }
});

test('what can become tens of mebibytes is not decompressed while others wait', () => {
  assert.ok(isSlow('gzip', new Uint8Array(40_000)) && isSlow('zstd', new Uint8Array(40_000)));
  assert.ok(!isSlow('gzip', new Uint8Array(2_000)) && !isSlow('identity', new Uint8Array(1 << 20)));
});

test('a 1 GiB gzip bomb and a snappy length bomb are refused in flat memory', () => {
  const bomb = gigabyteOfZeros();
  const lie = Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x04, 0, 0]);
  const before = process.memoryUsage().rss;
  let peak = before;
  for (let i = 0; i < 8; i++) {
    assert.throws(() => decompress('gzip', bomb, BOUNDS), { kind: 'too-large' });
    assert.throws(() => decompress('snappy', lie, BOUNDS), DecompressError);
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  assert.ok(peak - before < 64 << 20, `grew by ${(peak - before) >> 20} MiB`);
});

/** One gzip member of 1 GiB: a header and the same flushed 16 MiB of deflate 64 times; its end is never reached. */
function gigabyteOfZeros(): Uint8Array<ArrayBuffer> {
  const part = deflateRawSync(new Uint8Array(16 << 20), { finishFlush: constants.Z_FULL_FLUSH });
  const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3);
  return own(Buffer.concat([header, ...Array.from({ length: 64 }, () => part)]));
}
