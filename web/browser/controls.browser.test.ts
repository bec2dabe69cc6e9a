import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { Page } from 'playwright-core';
import { type Program, startProgram, until } from './program.ts';
import { type ShopRequest, sendShop, shopMetric, shopService } from './telemetry.ts';
import { param, say, scenario, visit, words } from './visit.ts';

const { en, ru } = words;
const rateQuery = `sum by (status) (rate(${shopMetric}[1m]))`;
const graphPath = `/explore/metrics?from=now-30m&to=now&q=${encodeURIComponent(rateQuery)}`;
let started: Promise<{ readonly program: Program; readonly requests: readonly ShopRequest[] }> | undefined;

function shop(): NonNullable<typeof started> {
  started ??= startProgram().then(async (program) => ({ program, requests: await sendShop(program.url, Date.now()) }));
  return started;
}

after(async () => {
  if (started !== undefined) await (await started).program.stop();
});

/** Presses a key by its place on the keyboard while the layout types another character. */
async function press(page: Page, code: string, key: string, shiftKey = false): Promise<void> {
  await page.evaluate(
    (init) => {
      (document.activeElement ?? document.body).dispatchEvent(
        new KeyboardEvent('keydown', { ...init, bubbles: true, cancelable: true }),
      );
    },
    { code, key, shiftKey },
  );
}

scenario('the time control takes quick, written and dragged ranges, undoes a zoom and changes the zone', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(graphPath);
  const plot = page.locator('.graph-result .u-over');
  await plot.waitFor();

  await page.locator('.time-button').click();
  await page
    .locator('.range-quick')
    .getByRole('button', { name: say(en.time.last_hours_other, { count: 6 }) })
    .click();
  await page.waitForURL('**from=now-6h**');

  await page.locator('.time-button').click();
  await page.getByLabel(en.time.from, { exact: true }).fill('2026-11-21 10:00');
  await page.getByLabel(en.time.to, { exact: true }).fill('2026-11-21 09:00');
  await page.getByText(en.time.order).waitFor();
  await page.getByLabel(en.time.to, { exact: true }).fill('2026-11-21 11:30');
  await page.getByRole('button', { name: en.time.apply }).click();
  const ten = Date.UTC(2026, 10, 21, 7);
  await page.waitForURL(`**from=${ten}**`);
  assert.equal(param(page, 'to'), String(ten + 5_400_000), 'written times are of the browser’s zone, Moscow');

  await visitor.goto(graphPath);
  await page.locator('.graph-foot', { hasText: '2' }).waitFor();
  const box = await plot.boundingBox();
  assert.ok(box !== null);
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.5, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, y, { steps: 4 });
  await page.mouse.move(box.x + box.width * 0.75, y, { steps: 4 });
  await page.mouse.up();
  await until('the drag zoomed', () => /^\d+$/.test(param(page, 'from') ?? ''));
  const zoomed = Number(param(page, 'to')) - Number(param(page, 'from'));
  assert.ok(Math.abs(zoomed - 450_000) < 30_000, `a quarter of 30 minutes, not ${zoomed} ms`);
  await page.keyboard.press('Control+z');
  await page.waitForURL('**from=now-30m**');

  await page.keyboard.press('t');
  await page.keyboard.press('u');
  await page.waitForURL('**tz=utc**');
  await page.locator('.time-button .zone-mark', { hasText: 'UTC' }).waitFor();
});

scenario('the palette opens a pasted trace id, a traceparent and a metric', async () => {
  const { program, requests } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  const search = page.getByRole('textbox', { name: en.palette.placeholder });
  const [first, second] = requests;
  assert.ok(first !== undefined && second !== undefined);
  await visitor.goto('/?from=now-30m&to=now');

  await page.locator('.table').waitFor();
  await page.keyboard.press('Control+k');
  await search.fill(first.traceId);
  await page.getByRole('button', { name: say(en.palette.openTrace, { id: first.traceId }) }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/trace/${first.traceId}**`);

  await page.keyboard.press('Control+k');
  await search.fill(`traceparent: 00-${second.traceId}-b7ad6b7169203331-01`);
  await page.getByRole('button', { name: say(en.palette.openTrace, { id: second.traceId }) }).click();
  await page.waitForURL(`**/trace/${second.traceId}**`);

  await page.keyboard.press('Control+k');
  await search.fill(shopMetric.slice(0, 9));
  await page.getByRole('button', { name: new RegExp(`^${shopMetric}`) }).click();
  await page.waitForURL('**/explore/metrics**');
  assert.equal(param(page, 'q'), shopMetric);
  assert.equal(param(page, 'from'), 'now-30m');
});

scenario('keys work by their place on a Russian layout', async () => {
  const { program } = await shop();
  await using visitor = await visit(program, { language: 'ru' });
  const { page } = visitor;
  await visitor.goto('/data');
  await page.locator('.rail').waitFor();
  await press(page, 'KeyG', 'п');
  await press(page, 'KeyH', 'р');
  await page.locator('.home').waitFor();
  assert.equal(new URL(page.url()).pathname, '/');
  await press(page, 'KeyG', 'п');
  await press(page, 'KeyL', 'д');
  await page.waitForURL('**/explore/logs**');
  await press(page, 'Slash', ',', true);
  await page.getByRole('dialog', { name: ru.keys.title }).waitFor();
  await page.getByRole('dialog').getByText(ru.keys.timeUndo, { exact: true }).waitFor();
});

scenario('a shared link is absolute and opens the same lines elsewhere', async () => {
  const { program } = await shop();
  await using mine = await visit(program);
  const query = `{service="${shopService}", level="ERROR"}`;
  await mine.goto(`/explore/logs?from=now-30m&to=now&q=${encodeURIComponent(query)}`);
  await mine.page.locator('.log-line').first().waitFor();
  await mine.page.getByRole('button', { name: en.header.share }).click();
  await mine.page.getByText(en.header.shared).waitFor();
  const link = new URL(await mine.page.evaluate(() => navigator.clipboard.readText()));
  assert.match(link.searchParams.get('from') ?? '', /^\d{13}$/);
  assert.match(link.searchParams.get('to') ?? '', /^\d{13}$/);
  await using theirs = await visit(program, { theme: 'light' });
  await theirs.page.goto(link.href);
  await theirs.page.locator('.log-line').first().waitFor();
  const shown = (page: Page) => page.locator('.log-line .log-message').allTextContents();
  const lines = await shown(mine.page);
  assert.ok(lines.length >= 20 && lines.every((line) => line.includes('refused')));
  assert.deepEqual(await shown(theirs.page), lines);
});

scenario('theme and language change without a reload and keep what was typed', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto('/explore/metrics');
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  const editor = page.locator('.cm-content');
  await editor.click();
  await page.keyboard.type('sum(typed_only');
  await page.getByRole('button', { name: en.header.theme }).click();
  await page.locator('html[data-mantine-color-scheme="light"]').waitFor();
  await page.getByRole('button', { name: en.header.language }).click();
  await page.locator('.rail').getByText(ru.nav.metrics).waitFor();
  assert.match((await editor.textContent()) ?? '', /sum\(typed_only/);
  assert.equal(await page.evaluate(() => 'sameDocument' in window), true);
  await page.reload();
  await page.locator('.rail').getByText(ru.nav.metrics).waitFor();
  assert.equal(await page.locator('html').getAttribute('data-mantine-color-scheme'), 'light');
});

scenario('an empty answer says so and offers a wider range', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(`/explore/logs?q=${encodeURIComponent('{service="nobody"}')}`);
  await page.getByText(en.logs.empty).waitFor();
  await page.getByRole('button', { name: en.states.widen }).click();
  await page.waitForURL('**from=now-24h**');
  await visitor.goto(`/explore/metrics?q=${encodeURIComponent(`${shopMetric}{status="999"}`)}`);
  await page.getByText(en.metrics.empty).waitFor();
  await page.getByRole('button', { name: `${en.metrics.drop}: ${shopMetric}` }).click();
  await page.locator('.graph-result .u-over').waitFor();
});

scenario('a bad query is answered with its place and words, and is marked in the editor', async () => {
  const { program } = await shop();
  await using visitor = await visit(program, { expected: /400/ });
  const { page } = visitor;
  await visitor.goto(`/explore/metrics?q=${encodeURIComponent('sum(rate(up[5m])')}`);
  await page.locator('.state-message', { hasText: /\d+:\d+|position|char/ }).waitFor();
  await page.locator('.cm-lintRange-error').first().waitFor();
  await visitor.goto(`/explore/logs?q=${encodeURIComponent('{service="checkout"} | level=')}`);
  await page.locator('.state-message').waitFor();
  await page.locator('.cm-lintRange-error').first().waitFor();
});

scenario('a store that is down is announced, the page stays, and all is well again without a reload', async () => {
  const { program } = await shop();
  await using visitor = await visit(program, { expected: /50[0-9]/ });
  const { page } = visitor;
  await visitor.goto('/?from=now-30m&to=now&refresh=1s');
  const service = page.locator('.table').getByRole('link', { name: shopService, exact: true });
  await service.waitFor();
  const banner = page.locator('.banner');
  // The supervisor brings the engine back within a second or two: keep it down until a person would see it.
  await until('the banner is shown', async () => {
    program.killEngine();
    return banner.isVisible();
  });
  assert.match((await banner.textContent()) ?? '', /store/i);
  assert.equal(await service.isVisible(), true, 'what was loaded before stays');
  await banner.waitFor({ state: 'hidden', timeout: 60_000 });
  await page.locator('.note.tone-warning').first().waitFor({ state: 'hidden', timeout: 60_000 });
  assert.equal(await service.isVisible(), true);
});
