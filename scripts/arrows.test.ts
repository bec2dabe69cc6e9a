import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { ARROWS, NESTED_DOORS, roomOf, SIDE_DOORS, WITHOUT_DOOR } from './arrows.ts';
import { type ImportEdge, importCycles, importEdges, sourceFiles } from './source_graph.ts';

const root = join(import.meta.dirname, '..');
const files = Object.keys(ARROWS)
  .map((room) => room.split('/')[0] ?? room)
  .filter((folder, i, all) => all.indexOf(folder) === i)
  .flatMap((folder) => sourceFiles(root, folder));
/** Starting the server as a process of its own is no import. */
const edges = importEdges(root, files).filter(({ to }) => to !== 'server/src/main.ts');
/** Tests wire things up like the composition root does; they are held to the cycle rule only. */
const ofProduct = edges.filter(({ from }) => !from.endsWith('.test.ts') && !/\/testing\/|^web\/browser\//.test(from));

const say = ({ from, to }: ImportEdge): string => `${from} imports ${to}`;

test('the graph was read', () => {
  assert.ok(files.length > 40, `only ${files.length} files`);
  assert.ok(edges.length > 60, `only ${edges.length} imports`);
});

test('no room imports a room its row does not allow', () => {
  const wrong = ofProduct.filter(({ from, to }) => {
    const [source, target] = [roomOf(from), roomOf(to)];
    if (source === null || target === null || source === target) return false;
    if (source.startsWith('server/') && (target === 'server/base' || target === 'server/model'))
      return source === 'server/base';
    const allowed = ARROWS[source] ?? {};
    return !(target in allowed || '*' in allowed);
  });
  assert.deepEqual(wrong.map(say), []);
});

test('rooms are entered by their door', () => {
  const wrong = ofProduct.filter(({ from, to }) => {
    const [source, target] = [roomOf(from), roomOf(to)];
    if (source === null || target === null || source === target) return false;
    if (!target.startsWith('server/') || WITHOUT_DOOR.includes(target) || to in SIDE_DOORS) return false;
    const depth = NESTED_DOORS.includes(target) ? 5 : 4;
    return !(basename(to) === 'index.ts' && to.split('/').length <= depth);
  });
  assert.deepEqual(wrong.map(say), []);
});

test('nested rooms do not reach into one another past their doors', () => {
  const nest = (path: string): string => path.split('/').slice(0, 4).join('/');
  const wrong = ofProduct.filter(({ from, to }) => {
    const room = roomOf(from);
    if (room === null || room !== roomOf(to) || !NESTED_DOORS.includes(room)) return false;
    return nest(from) !== nest(to) && basename(to) !== 'index.ts' && to.split('/').length > 4;
  });
  assert.deepEqual(wrong.map(say), []);
});

test('no file imports the door of its own room', () => {
  const wrong = ofProduct.filter(
    ({ from, to }) => basename(to) === 'index.ts' && from !== to && from.startsWith(`${dirname(to)}/`),
  );
  assert.deepEqual(wrong.map(say), []);
});

test('there are no import cycles, types included', () => {
  assert.deepEqual(importCycles(edges), []);
});

test('every room of the server has a row', () => {
  const rooms = readdirSync(join(root, 'server/src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `server/${entry.name}`);
  assert.deepEqual(
    rooms.filter((room) => !(room in ARROWS)),
    [],
  );
});
