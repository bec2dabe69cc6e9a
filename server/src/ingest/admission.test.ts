import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission } from './admission.ts';
import { DEFAULT_LIMITS } from './limits.ts';

const MIB = 1024 * 1024;

test('the defaults are on and as documented', () => {
  assert.equal(DEFAULT_LIMITS.bodyBytes, 16 * MIB);
  assert.equal(DEFAULT_LIMITS.bytesPerSecond * DEFAULT_LIMITS.burstSeconds, 20 * MIB * 60);
  assert.deepEqual([DEFAULT_LIMITS.activeSeries, DEFAULT_LIMITS.activeStreams], [200_000, 20_000]);
  const { decode, log } = DEFAULT_LIMITS;
  assert.deepEqual(decode, {
    decompressedBytes: 64 * MIB,
    compressionRatio: 200,
    jsonDepth: 64,
    protobufDepth: 32,
    elementsPerRequest: 1_000_000,
    recordsPerRequest: 100_000,
    labelsPerSeries: 64,
    labelNameBytes: 256,
    labelValueBytes: 4096,
    attributesPerRecord: 256,
    attributeValueBytes: 65_536,
    logLineBytes: 262_144,
    oldestLogMs: 604_800_000,
    oldestSampleMs: 7_200_000,
    newestMs: 600_000,
  });
  assert.deepEqual([log.logBytes, log.freeBytes, log.freeRatio], [8192 * MIB, 256 * MIB, 0.1]);
  // A batch has to stay one block of the engine, and a frame has to hold whatever one request may bring.
  assert.ok(log.batchRows + decode.recordsPerRequest < 1_048_449 && log.frameBytes > 2 * decode.decompressedBytes);
});

test('a tenant may burst for a minute, is then held to its rate, and told when to come back', () => {
  const admission = new Admission({ bytesPerSecond: 1000, burstSeconds: 60 });
  let now = 5000;
  assert.equal(admission.admit('a', 60_000, now), 0);
  assert.equal(admission.admit('a', 2500, now), 3);
  now += 3000;
  assert.equal(admission.admit('a', 2500, now), 0);
  let taken = 0;
  for (let i = 0; i < 1000; i++) {
    now += 10;
    if (admission.admit('a', 100, now) === 0) taken += 100;
  }
  assert.ok(taken >= 9900 && taken <= 10_600, `${taken} bytes in ten seconds at 1000 per second`);
});

test('one tenant over its rate takes nothing from another', () => {
  const admission = new Admission({ bytesPerSecond: 1000, burstSeconds: 60 });
  assert.equal(admission.admit('a', 60_000, 0), 0);
  assert.ok(admission.admit('a', 1, 0) > 0);
  assert.equal(admission.admit('b', 60_000, 0), 0);
  admission.sweep(1_000_000);
  assert.equal(admission.admit('a', 60_000, 1_000_000), 0);
});

test('a body larger than a whole bucket is let in when the bucket is full, and paid for', () => {
  const admission = new Admission({ bytesPerSecond: 1000, burstSeconds: 10 });
  assert.equal(admission.admit('a', 15_000, 0), 0);
  assert.equal(admission.admit('a', 1000, 5000), 1);
  assert.equal(admission.admit('a', 1000, 6000), 0);
});
