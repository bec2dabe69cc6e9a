import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cameraAround, zoomed } from './camera.ts';

test('a fitted view holds every node, one with a least scale shows the middle', () => {
  const nodes = [
    { x: 0, y: 0 },
    { x: 4000, y: 3000 },
  ];
  const fitted = cameraAround(nodes, 1000, 600);
  for (const { x, y } of nodes) {
    const [px, py] = [x * fitted.scale + fitted.x, y * fitted.scale + fitted.y];
    assert.ok(px > 0 && px < 1000 && py > 0 && py < 600);
  }
  const near = cameraAround(nodes, 1000, 600, 0.5);
  assert.deepEqual([near.scale, 2000 * 0.5 + near.x, 1500 * 0.5 + near.y], [0.5, 500, 300]);
  assert.equal(cameraAround([{ x: 0, y: 0 }], 1000, 600).scale, 1, 'never larger than life');
});

test('the point under the pointer stays where it is', () => {
  const camera = { x: 10, y: 20, scale: 0.5 };
  const at = { x: 300, y: 200 };
  const next = zoomed(camera, 1.7, at);
  assert.ok(Math.abs((at.x - camera.x) / camera.scale - (at.x - next.x) / next.scale) < 1e-9);
  assert.ok(Math.abs((at.y - camera.y) / camera.scale - (at.y - next.y) / next.scale) < 1e-9);
});
