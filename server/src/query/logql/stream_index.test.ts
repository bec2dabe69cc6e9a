import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFrom } from '../../model/labels.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import type { Section } from '../../model/section.ts';
import { dayOf } from '../../model/units.ts';
import { logStreamSections, type StoreReader } from '../../store/index.ts';
import { createLogStreamIndex, type StreamFeed } from './stream_index.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const RANGE = { fromMs: NOW - 1000, toMs: NOW };

async function* nothing(): AsyncGenerator<never> {
  yield* [];
}

/** A store without streams that tells how often it was asked. */
function emptyStore(): { reader: StoreReader; asked: () => number } {
  let asked = 0;
  const reader: StoreReader = {
    query() {
      asked++;
      return nothing();
    },
    collect: () => Promise.reject(new Error('nothing is collected')),
  };
  return { reader, asked: () => asked };
}

const interner = createMapInterner();

function sectionOf(pod: string): Section {
  const labels = labelsFrom([
    ['service', 'shop'],
    ['pod', pod],
  ]);
  const [section] = logStreamSections(interner, [interner.intern(labels)], dayOf(NOW), NOW);
  assert.ok(section !== undefined);
  return section;
}

test('streams that are handed over are found at once, and the store is asked once whenever that began', async () => {
  const { reader, asked } = emptyStore();
  const feed: { attachment: number; onStreams: StreamFeed['onStreams'] } = { attachment: 0, onStreams: undefined };
  let now = 0;
  const index = createLogStreamIndex(reader, { database: 'shop' }, () => now, feed);
  const refresh = async (): Promise<number> => {
    now += 1_000;
    await index.refresh();
    return asked();
  };
  assert.deepEqual([await refresh(), await refresh()], [1, 2], 'nobody feeds it yet');
  feed.attachment = 1;
  assert.deepEqual([await refresh(), await refresh(), await refresh()], [3, 3, 3]);
  const pods = (): string[] => index.values('pod', [{ name: 'service', operator: '=', value: 'shop' }], RANGE);
  feed.onStreams?.(sectionOf('a'));
  feed.onStreams?.(sectionOf('b'));
  feed.onStreams?.(sectionOf('a'));
  assert.deepEqual(pods(), ['a', 'b']);
  assert.equal(index.hasLabel('pod'), true);
  assert.equal(await refresh(), 3);
  feed.attachment = 0;
  assert.equal(await refresh(), 4, 'what came meanwhile was not handed over');
  feed.attachment = 2;
  assert.deepEqual([await refresh(), await refresh()], [5, 5]);
  assert.deepEqual(pods(), ['a', 'b']);
});
