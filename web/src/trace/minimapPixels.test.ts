import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minimapPixels, pixelOf } from './minimapPixels.ts';
import { HIDDEN, MATCHES } from './spanFilter.ts';
import { spanTable } from './spanTable.ts';

const colors = { ground: pixelOf('#000000'), failed: pixelOf('#ff0000'), services: [pixelOf('#00ff00')] };
const failedCode = 2;

/** A root over the whole time and children of one nanosecond each, the last of which failed. */
function tableOf(count: number) {
  const rows = Array.from({ length: count }, (_, row) => row);
  return spanTable({
    traceId: 'a'.repeat(32),
    startNs: '0',
    services: ['api'],
    operations: ['work'],
    spans: {
      ids: rows.map((row) => row.toString(16).padStart(16, '0')).join(''),
      parents: rows.map((row) => (row === 0 ? -1 : 0)),
      service: rows.map(() => 0),
      operation: rows.map(() => 0),
      kind: rows.map(() => 0),
      status: rows.map((row) => (row === count - 1 ? failedCode : 0)),
      start: rows.map((row) => Math.max(0, row - 1)),
      duration: rows.map((row) => (row === 0 ? count - 1 : 1)),
    },
    linked: [],
    events: { names: [], row: [], at: [], name: [] },
    notes: { partial: false, warnings: [], elapsedMs: 0, scannedRows: 0, scannedBytes: 0 },
  });
}

test('colours lie in memory as a canvas wants them', () => {
  assert.deepEqual([...new Uint8Array(Uint32Array.of(pixelOf('#123456')).buffer)], [0x12, 0x34, 0x56, 0xff]);
});

test('each span has its line at its time; what failed is red, what a filter hides is faint', () => {
  const table = tableOf(3);
  const box = { width: 4, height: 8, margin: 1, scale: 0.5 };
  const lines = (sifted: Parameters<typeof minimapPixels>[1]): string[] => {
    const names = new Map([
      [colors.ground, '.'],
      [colors.failed, 'x'],
      [colors.services[0], 'o'],
    ]);
    const text = Array.from(minimapPixels(table, sifted, colors, box), (pixel) => names.get(pixel) ?? '~').join('');
    return text.match(/.{4}/g) ?? [];
  };
  assert.deepEqual(lines(null), ['....', 'oooo', 'oooo', 'oo..', 'oo..', '..xx', '..xx', '....']);
  const sifted = { states: Uint8Array.of(HIDDEN, MATCHES, MATCHES), matches: 2 };
  assert.deepEqual(lines(sifted).slice(1, 4), ['~~~~', '~~~~', 'oo..']);
});

test('with more spans than lines a failure among thousands is still seen', () => {
  const pixels = minimapPixels(tableOf(20_000), null, colors, { width: 100, height: 54, margin: 4, scale: 1 });
  assert.ok(pixels.includes(colors.failed));
  assert.ok(
    pixels.subarray(0, 400).every((pixel) => pixel === colors.ground),
    'the margin is free',
  );
});
