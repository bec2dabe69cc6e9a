import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewOf, viewPatch } from '../app/savedViews.ts';
import { moved, plainColumns, readColumns, toggled, writeColumns } from './columns.ts';
import { LogPager, type PageRequest } from './LogPager.ts';
import { appended, evicted, firstMissing, noPages, refilled, rowAt } from './pages.ts';
import type { LogRow } from './rows.ts';
import { logViewParameters } from './savedViews.ts';
import { withNewer } from './useLogTail.ts';

const row = (at: number): LogRow => ({
  id: `${at}.1.h`,
  cursor: `${at}.1`,
  timeNs: String(at),
  ms: at,
  line: `line ${at}`,
  labels: {},
  metadata: {},
  parsed: {},
  service: '',
  level: 'info',
  traceId: null,
  spanId: null,
});
const rows = (from: number, count: number): LogRow[] => Array.from({ length: count }, (_, i) => row(from - i));

test('pages are let go far from what one sees and leave their lines’ places behind', () => {
  let pages = noPages;
  for (let at = 0; at < 5; at += 1)
    pages = appended(pages, rows(100 - at * 10, 10), at === 4 ? null : `${91 - at * 10}.1`);
  assert.equal(pages.count, 50);
  assert.equal(pages.ended, true);
  const thin = evicted(pages, 42, 45, 2);
  assert.deepEqual(
    thin.list.map((page) => page.rows !== null),
    [false, false, false, true, true],
  );
  assert.equal(rowAt(thin, 45)?.timeNs, '55');
  assert.equal(rowAt(thin, 5), undefined);
  assert.equal(firstMissing(thin, 25, 45), 2);
  assert.equal(firstMissing(thin, 30, 49), -1);
  const back = refilled(thin, 2, rows(80, 10));
  assert.deepEqual([rowAt(back, 20)?.timeNs, back.count], ['80', 50]);
  const grown = refilled(thin, 2, rows(80, 11));
  assert.deepEqual([rowAt(grown, 31)?.timeNs, grown.count], ['70', 51]);
});

test('a pager scrolled to the end and back has shown every line once, in order, with few in memory', async () => {
  const all = rows(20_000, 20_000);
  const asked: PageRequest[] = [];
  const pager = new LogPager((request) => {
    asked.push(request);
    const from = request.after === null ? 0 : all.findIndex((one) => one.cursor === request.after) + 1;
    const end =
      request.until === null ? from + request.limit : all.findIndex((one) => one.cursor === request.until) + 1;
    const page = all.slice(from, end);
    return Promise.resolve({ rows: page, next: end < all.length ? (page.at(-1)?.cursor ?? null) : null });
  });
  const settled = async (): Promise<void> => {
    while (pager.snapshot().loading || pager.snapshot().first === 'loading') await new Promise(setImmediate);
    await new Promise(setImmediate);
  };
  const seen = (index: number): string | undefined => rowAt(pager.snapshot().pages, index)?.timeNs;
  pager.show(0, 30);
  await settled();
  for (let at = 0; at < all.length; at += 150) {
    pager.show(at, Math.min(at + 40, all.length - 1));
    await settled();
    assert.equal(seen(at), String(20_000 - at));
  }
  const held = pager.snapshot().pages.list.filter((page) => page.rows !== null).length;
  assert.ok(held <= 14, `${held} pages in memory`);
  assert.equal(pager.snapshot().pages.count, all.length);
  for (let at = all.length - 41; at >= 0; at -= 170) {
    pager.show(at, at + 40);
    await settled();
    assert.equal(seen(at), String(20_000 - at));
  }
  assert.ok(
    asked.some((one) => one.until !== null),
    'pages were read again',
  );
  pager.stop();
});

test('a page that failed is asked for again, from where the list stopped', async () => {
  let fails = true;
  const pager = new LogPager(() =>
    fails ? Promise.reject(new Error('no')) : Promise.resolve({ rows: rows(5, 5), next: null }),
  );
  pager.show(0, 10);
  while (pager.snapshot().first === 'loading') await new Promise(setImmediate);
  assert.equal(pager.snapshot().first, 'failed');
  fails = false;
  pager.retry();
  while (pager.snapshot().first !== 'here') await new Promise(setImmediate);
  assert.equal(pager.snapshot().pages.count, 5);
});

test('columns are read from the address as they were written', () => {
  for (const text of ['level,service,status:90,message', 'message:400w', 'service,message:w'])
    assert.equal(writeColumns(readColumns(text)), text);
  assert.equal(writeColumns(readColumns(null)), null);
  assert.deepEqual(
    readColumns('status').map((one) => one.name),
    ['level', 'service', 'status', 'message'],
  );
  assert.deepEqual(
    readColumns('message:5,x:9999').map((one) => one.width),
    [48, 2000],
  );
  const more = toggled(plainColumns, 'status');
  assert.deepEqual(
    more.map((one) => one.name),
    ['level', 'service', 'status', 'message'],
  );
  assert.deepEqual(
    moved(more, 'status', 'level').map((one) => one.name),
    ['status', 'level', 'service', 'message'],
  );
  assert.deepEqual(toggled(more, 'status'), plainColumns);
});

test('a saved view holds query, form and columns, not the time, and takes others’ parameters away', () => {
  const search = '?q=a&view=table&cols=x&from=now-1h&line=1.1.h&live=1';
  assert.equal(viewOf(search, logViewParameters), 'q=a&view=table&cols=x');
  const patch = viewPatch('q=b', logViewParameters);
  assert.deepEqual([patch.q, patch.view, patch.cols, 'from' in patch], ['b', null, null, false]);
});

test('lines that come again after a reconnection are shown once, the newest first', () => {
  const first = withNewer([], [row(1), row(2)]);
  assert.deepEqual(
    withNewer(first, [row(2), row(3)]).map((one) => one.timeNs),
    ['3', '2', '1'],
  );
});
