import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { Page } from 'playwright-core';
import { type Program, startProgram, until } from './program.ts';
import { hex, type ShopRequest, sendLogs, sendShop, shopService } from './telemetry.ts';
import { assertNoSidewaysScroll, param, phone, say, scenario, visit, words } from './visit.ts';

const { en, ru } = words;
let started: Promise<{ readonly program: Program; readonly requests: readonly ShopRequest[] }> | undefined;

function shop(): NonNullable<typeof started> {
  started ??= startProgram().then(async (program) => {
    const requests = await sendShop(program.url, Date.now());
    // The ledger logs without any id; the last request's lines are its only ones near.
    const last = requests.at(-1);
    await sendLogs(program.url, [
      { labels: { service: 'ledger' }, ms: (last?.ms ?? 0) + 25, line: 'booked without a trace id', metadata: {} },
      { labels: { service: 'audit' }, ms: last?.ms ?? 0, line: 'audited', metadata: { request_id: 'req-4711' } },
    ]);
    const response = await fetch(`${program.url}/api/changes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ service: shopService, title: 'checkout 2.0', timeMs: (last?.ms ?? 0) - 60_000 }),
    });
    assert.equal(response.status, 201);
    return { program, requests };
  });
  return started;
}

after(async () => {
  if (started !== undefined) await (await started).program.stop();
});

const signals = `/services/${shopService}/signals?from=now-30m&to=now`;

/** Pastes into the palette of Home, which shows what it leads to. */
async function paste(page: Page, text: string): Promise<void> {
  await page.locator('.home').waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: en.palette.placeholder }).fill(text);
}

scenario('Service → Logs + Traces: the change is told, a stretch chosen on a graph narrows both lists', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(`/services/${shopService}?from=now-30m&to=now`);
  await page.getByRole('link', { name: en.signals.title }).click();
  await page.locator('.story-entry', { hasText: 'checkout 2.0' }).waitFor();
  await page.locator('.signal-line').first().waitFor();
  await page.locator('.signal-trace').first().waitFor();
  const plots = page.locator('.signal-strip .u-over');
  assert.equal(await plots.count(), 3);
  const lefts = await plots.evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().left)));
  assert.equal(new Set(lefts).size, 1, `graphs share their time axis: ${lefts}`);

  const box = await plots.nth(2).boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + box.width * 0.5, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 30, { steps: 4 });
  await page.mouse.up();
  await page.locator('.chosen-band').first().waitFor();
  const [fromMs = 0, toMs = 0] = (param(page, 'win') ?? '').split('-').map(Number);
  assert.ok(Math.abs(toMs - fromMs - 180_000) < 20_000, `a tenth of half an hour, not ${toMs - fromMs} ms`);
  assert.equal(param(page, 'from'), 'now-30m', 'the graphs stay');
  await until('both lists hold the stretch only', async () => {
    const href = await page
      .locator('.signal-lines')
      .getByRole('link', { name: en.signals.openLogs })
      .getAttribute('href');
    return new URLSearchParams(href?.split('?')[1]).get('from') === String(fromMs);
  });

  await page.locator('.signal-trace').first().getByRole('button', { name: en.signals.linesOf }).click();
  await until('only the lines of that trace', async () => (await page.locator('.signal-line').count()) === 2);
  await page.locator('.signal-to-trace').first().click();
  await page.waitForURL('**/trace/**');
});

scenario('a pointer over a line marks its trace and its moment', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(signals);
  await page.locator('.signal-trace').first().waitFor();
  await page.locator('.signal-line').first().hover();
  assert.equal(await page.locator('.signal-strip .moment-mark').count(), 3);
  assert.equal(await page.locator('.signal-trace[data-pointed]').count(), 1);
});

scenario('Service → Logs + Traces on a phone, in Russian', async () => {
  const { program } = await shop();
  await using visitor = await visit(program, { language: 'ru', theme: 'light', size: phone });
  const { page } = visitor;
  await visitor.goto(signals);
  await page.locator('.signal-line').first().waitFor();
  await assertNoSidewaysScroll(page, 'logs and traces of a service');
  assert.equal(await page.locator('.signal-traces').isVisible(), false);
  await page.locator('.signal-switch').getByText(ru.signals.showTraces).click();
  await page.locator('.signal-trace').first().waitFor();
  assert.equal(await page.locator('.signal-lines').isVisible(), false);
});

scenario('a span leads to its lines, to what changed, and to what is missing', async () => {
  const { program, requests } = await shop();
  const last = requests.at(-1);
  assert.ok(last !== undefined);
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(`/trace/${last.traceId}?span=${hex(last.at * 8 + 3, 16)}`);
  const around = page.locator('.trace-context');
  await around.getByText(en.context.join.service).waitFor();
  await around.getByText('booked without a trace id').waitFor();
  await around.getByText(new RegExp(`^${en.context.missing}`)).click();
  await around.getByText(say(en.context.missingKey.trace_id, { service: 'ledger' })).waitFor();
  await visitor.goto(`/trace/${last.traceId}?span=${hex(last.at * 8 + 1, 16)}`);
  await around.getByText(en.context.join.span).waitFor();
  await page.keyboard.press('Shift+KeyC');
  await around.getByText(/checkout 2\.0/).waitFor();
  await page.keyboard.press('Shift+KeyS');
  await page.waitForURL(`**/services/${shopService}/signals**`);
});

scenario('whatever is pasted into the palette leads to its place', async () => {
  const { program, requests } = await shop();
  const [first] = requests;
  assert.ok(first !== undefined);
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto('/');
  for (const text of [
    `00-${first.traceId}-${hex(1, 16)}-01`,
    `b3: ${first.traceId}-${hex(1, 16)}-1`,
    `{"msg":"x","traceID":"${first.traceId}","spanId":"${hex(1, 16)}"}`,
  ]) {
    await paste(page, text);
    await page.getByRole('button', { name: say(en.palette.openTrace, { id: first.traceId }) }).click();
    await page.waitForURL(`**/trace/${first.traceId}?**span=${hex(1, 16)}**`);
    await visitor.goto('/');
  }
  await paste(page, 'req-4711');
  await page.getByText(say(en.palette.linesOf, { field: 'request_id', value: 'req-4711' })).click();
  await page.locator('.log-line', { hasText: 'audited' }).waitFor();
});
