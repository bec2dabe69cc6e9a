import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createStaticFiles } from './static_files.ts';

const root = mkdtempSync(join(tmpdir(), 'trilith-static-'));
after(() => rmSync(root, { recursive: true }));
const folder = join(root, 'dist');
mkdirSync(join(folder, 'assets'), { recursive: true });
writeFileSync(join(root, 'secret.txt'), 'secret');
writeFileSync(join(folder, 'index.html'), '<!doctype html>page');
writeFileSync(join(folder, 'assets', 'a-1.js'), 'code');
const serve = createStaticFiles(folder);
const textOf = (body: string | Uint8Array | undefined): string => Buffer.from(body ?? '').toString();

test('nothing outside the folder is given away', async () => {
  for (const path of ['/../secret.txt', '/assets/../../secret.txt', '/..\\secret.txt', '//../secret.txt', '/a\0.txt'])
    assert.ok(!textOf((await serve(path, {})).body).includes('secret'), path);
});

test('assets are immutable; one that is not there is a 404 and not the page', async () => {
  const asset = await serve('/assets/a-1.js', {});
  assert.deepEqual([asset.status, textOf(asset.body)], [200, 'code']);
  assert.match(asset.headers?.['cache-control'] ?? '', /immutable/);
  assert.match(asset.headers?.['content-type'] ?? '', /javascript/);
  assert.equal((await serve('/assets/old-0.js', {})).status, 404);
});

test('any deep link opens the page, which is asked for again by its tag', async () => {
  const page = await serve('/logs?query=x', {});
  assert.match(textOf(page.body), /page/);
  assert.match(page.headers?.['content-security-policy'] ?? '', /script-src 'self'/);
  const again = await serve('/traces/abc', { 'if-none-match': page.headers?.etag ?? '' });
  assert.equal(again.status, 304);
});

test('without a built UI a page says how to build it', async () => {
  const page = await createStaticFiles(join(root, 'nowhere'))('/', {});
  assert.match(textOf(page.body), /npm run build/);
});
