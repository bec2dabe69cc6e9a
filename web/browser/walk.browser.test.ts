import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { Page } from 'playwright-core';
import { type Program, startProgram } from './program.ts';
import { type ShopRequest, sendShop, shopService } from './telemetry.ts';
import { assertNoSidewaysScroll, type Look, param, phone, say, scenario, visit, wide, words } from './visit.ts';

let started: Promise<{ readonly program: Program; readonly requests: readonly ShopRequest[] }> | undefined;

function shop(): NonNullable<typeof started> {
  started ??= startProgram().then(async (program) => ({ program, requests: await sendShop(program.url, Date.now()) }));
  return started;
}

after(async () => {
  if (started !== undefined) await (await started).program.stop();
});

const looks: readonly Required<Omit<Look, 'expected'>>[] = [
  { language: 'en', theme: 'light', size: wide },
  { language: 'ru', theme: 'dark', size: wide },
  { language: 'en', theme: 'dark', size: phone },
  { language: 'ru', theme: 'light', size: phone },
];

for (const look of looks) {
  const name = `${look.language}, ${look.theme}, ${look.size.width} px`;
  scenario(`home leads to a service, a point of its graph, its logs, the trace, and back (${name})`, async () => {
    const { program, requests } = await shop();
    await using visitor = await visit(program, look);
    const { page } = visitor;
    const text = words[look.language];

    await visitor.goto('/?from=now-30m&to=now');
    const home = page.url();
    await page.locator('.table').getByRole('link', { name: shopService, exact: true }).click();
    await page.locator('h1', { hasText: shopService }).waitFor();
    assert.equal(new URL(page.url()).pathname, `/services/${shopService}`);
    assert.equal(param(page, 'from'), 'now-30m', 'a link keeps the time range');
    assert.equal(await page.locator('html').getAttribute('lang'), look.language);
    assert.equal(await page.locator('html').getAttribute('data-mantine-color-scheme'), look.theme);
    await assertNoSidewaysScroll(page, 'the service');

    const service = page.url();
    const plot = page.locator('.service-charts .u-over').first();
    const box = await plot.boundingBox();
    assert.ok(box !== null);
    await plot.click({ position: { x: box.width * 0.6, y: box.height / 2 } });
    await page.getByRole('menuitem', { name: say(text.point.logs, { service: shopService }) }).click();
    await page.waitForURL('**/explore/logs?**');
    assert.equal(param(page, 'q'), `{service="${shopService}"}`);
    const fromMs = Number(param(page, 'from'));
    const toMs = Number(param(page, 'to'));
    assert.equal(toMs - fromMs, 60_000, 'the logs of one minute');

    const wanted = requests.filter((one) => one.ms + 3 > fromMs && one.ms + 21 < toMs);
    assert.ok(wanted.length >= 10, `${wanted.length} requests in the minute`);
    const chosen = wanted.find((one) => one.failed);
    assert.ok(chosen !== undefined);
    await assertNoSidewaysScroll(page, 'the logs');
    await page.locator('.log-line', { hasText: chosen.lines[2] ?? '' }).click();
    await page.waitForURL('**line=**');
    const logs = page.url();
    const services = await page.locator('.log-line .log-service').allTextContents();
    assert.deepEqual([...new Set(services)], [shopService]);

    await page.getByRole('link', { name: text.logs.openTrace }).click();
    await page.waitForURL(`**/trace/${chosen.traceId}**`);
    await assertTrace(page, chosen);
    await assertNoSidewaysScroll(page, 'the trace');

    await page.goBack();
    await page.locator('.detail', { hasText: chosen.traceId }).waitFor();
    assert.equal(page.url(), logs, 'back opens the same line of the same minute');
    await page.goBack();
    await page.locator('h1', { hasText: shopService }).waitFor();
    assert.equal(page.url(), service);
    await page.goBack();
    await page.locator('.home').waitFor();
    assert.equal(page.url(), home);
  });
}

/** The waterfall shows this request's spans, and under them its log lines. */
async function assertTrace(page: Page, request: ShopRequest): Promise<void> {
  await page.locator('h1', { hasText: `${shopService}: POST /pay` }).waitFor();
  await page
    .locator('.log-row')
    .nth(request.lines.length - 1)
    .waitFor();
  const shown = await page.locator('.log-row .span-title').allTextContents();
  assert.deepEqual(shown.toSorted(), request.lines.toSorted());
  assert.deepEqual((await page.locator('.log-row .log-row-level').allTextContents()).toSorted(), ['ERR', 'INF', 'INF']);
  const spans = await page.locator('.span-row .span-title strong').allTextContents();
  assert.deepEqual(spans.toSorted(), [shopService, 'ledger', 'risk']);
  const outside = await page.locator('.waterfall .span-duration').evaluateAll(
    (labels) =>
      labels.filter((one) => {
        const label = one.getBoundingClientRect();
        const track = one.parentElement?.getBoundingClientRect();
        return track === undefined || label.left < track.left || label.right > track.right;
      }).length,
  );
  assert.equal(outside, 0, 'every duration is written where one can read it');
}
