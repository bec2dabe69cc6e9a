import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { drawGraph, type Graph } from './graph.ts';

const HOUR = 3_600_000;
const GRAPH: Graph = {
  title: 'rate(errors_total[5m])',
  fromMs: 0,
  toMs: HOUR,
  series: [
    {
      name: '{service="checkout"}',
      points: Array.from({ length: 61 }, (_, i): [number, number] => [i * 60_000, i < 30 ? 1 : 9]),
    },
  ],
  threshold: 5,
  gapMs: 120_000,
};

/** Rows of palette indices out of a PNG as `encodePng` makes it. */
function rowsOf(png: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(png);
  assert.deepEqual([...bytes.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const at = bytes.indexOf('IDAT', 0, 'latin1');
  const data = inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)));
  return Array.from({ length: height }, (_, y) => data.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)));
}

const has = (row: Uint8Array | undefined, color: number): boolean => row?.includes(color) ?? false;

test('the line is below the threshold first and above it later', () => {
  const rows = rowsOf(drawGraph(GRAPH));
  assert.equal(rows.length, 240);
  assert.equal(rows[0]?.length, 640);
  const thresholdRow = rows.findIndex((row) => has(row, 3));
  // Left of the legend's reach: the drawing area only.
  const lineRows = (fromX: number, toX: number): number[] =>
    rows.slice(0, 210).flatMap((row, y) => (has(row.subarray(fromX, toX), 4) ? [y] : []));
  assert.ok(Math.min(...lineRows(80, 300)) > thresholdRow);
  assert.ok(Math.max(...lineRows(400, 620)) < thresholdRow);
});

test('a gap is not bridged', () => {
  const [series] = GRAPH.series;
  const points = (series?.points ?? []).filter(([timeMs]) => timeMs < 20 * 60_000 || timeMs > 40 * 60_000);
  const rows = rowsOf(drawGraph({ ...GRAPH, threshold: undefined, series: [{ name: 'x', points }] }));
  assert.ok(rows.slice(0, 210).every((row) => !has(row.subarray(270, 410), 4)));
});

test('nothing, a single point, infinities and huge values make a picture too', () => {
  for (const points of [
    [],
    [[0, 1]],
    [
      [0, Infinity],
      [1, Number.NaN],
    ],
    [
      [0, 1e300],
      [HOUR, -1e300],
    ],
  ] as [number, number][][]) {
    assert.ok(drawGraph({ ...GRAPH, threshold: undefined, series: [{ name: 'я', points }] }).length > 100);
  }
});

test('a picture is small enough for any chat', () => assert.ok(drawGraph(GRAPH).length < 20_000));
