import assert from 'node:assert/strict';
import { after } from 'node:test';
import { type Program, startProgram, until } from './program.ts';
import { type ShopRequest, sendPayDurations, sendShop, shopMetric, shopService } from './telemetry.ts';
import { assertNoSidewaysScroll, param, phone, say, scenario, visit, words } from './visit.ts';

const { en, ru } = words;
const time = 'from=now-30m&to=now';
let started: Promise<{ readonly program: Program; readonly requests: readonly ShopRequest[] }> | undefined;

function shop(): NonNullable<typeof started> {
  started ??= startProgram().then(async (program) => {
    const nowMs = Date.now();
    const requests = await sendShop(program.url, nowMs);
    await sendPayDurations(program.url, nowMs);
    return { program, requests };
  });
  return started;
}

after(async () => {
  if (started !== undefined) await (await started).program.stop();
});

const address = (params: Readonly<Record<string, string>>): string =>
  `/explore/metrics?${time}&${new URLSearchParams(params)}`;

scenario('two queries and a formula share a graph, an address and an earlier time', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  // Short enough for the range before it to hold data too.
  await visitor.goto(address({ q: `sum(rate(${shopMetric}{status="402"}[5m]))` }).replace('now-30m', 'now-8m'));
  await page.getByRole('button', { name: en.metrics.addQuery, exact: true }).click();
  const second = page.getByRole('region', { name: say(en.metrics.query, { letter: 'B' }) }).locator('.cm-content');
  await second.click();
  await page.keyboard.insertText(`sum(rate(${shopMetric}[5m]))`);
  await page.getByRole('button', { name: en.metrics.addFormula, exact: true }).click();
  const third = page.getByRole('region', { name: say(en.metrics.formula, { letter: 'C' }) }).locator('.cm-content');
  await third.click();
  await page.keyboard.insertText('A / B * 100');
  await page.keyboard.press('Control+Enter');
  await page.locator('.legend-table tbody tr').nth(2).waitFor();
  assert.equal(param(page, 'qC'), 'A / B * 100');
  const share = page.locator('.legend-table tr', { has: page.getByRole('button', { name: 'C', exact: true }) });
  const percent = Number(await share.locator('td').nth(1).textContent());
  assert.ok(percent > 15 && percent < 25, `each fifth request fails, so about 20, not ${percent}`);

  await page.getByRole('button', { name: say(en.metrics.leaveOut, { letter: 'B' }) }).click();
  await until('B is left out of the graph, not of the formula', async () => {
    const names = await page.locator('.legend-name').allTextContents();
    return names.length === 2 && names.includes('A') && names.includes('C');
  });
  assert.equal(param(page, 'oB'), 'off');
  await page.getByRole('combobox', { name: en.metrics.compareLabel }).click();
  await page.getByRole('option', { name: en.metrics.compare.range }).click();
  await page.locator('.swatch[data-dash="earlier"]').first().waitFor();
  await page.locator('.cost-line', { hasText: /\d+ samples read/ }).waitFor();
  const shared = page.url();
  await page.reload();
  await page.locator('.swatch[data-dash="earlier"]').first().waitFor();
  assert.equal(page.url(), shared);
});

scenario('a diamond on the graph opens the trace behind the value', async () => {
  const { program, requests } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(address({ q: `sum(rate(${shopMetric}[1m]))` }));
  await page.locator('a.exemplar').first().focus();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/trace/**');
  const opened = new URL(page.url()).pathname.slice('/trace/'.length);
  assert.equal(requests.find((one) => one.traceId === opened)?.failed, true);
  await page.locator('h1', { hasText: shopService }).waitFor();
});

scenario(
  'a native histogram is a heatmap over time and bars at a moment; a query without buckets says so',
  async () => {
    const { program } = await shop();
    await using visitor = await visit(program);
    const { page } = visitor;
    const query = 'histogram_quantile(0.95, sum(rate(pay_duration_seconds[1m])))';
    await visitor.goto(address({ q: query, tab: 'heatmap' }));
    const canvas = page.locator('.heatmap canvas');
    await canvas.waitFor();
    const filled = await canvas.evaluate((element: HTMLCanvasElement) => {
      const pixels = element.getContext('2d')?.getImageData(0, 0, element.width, element.height).data ?? [];
      return pixels.some((one) => one !== 0);
    });
    assert.equal(filled, true, 'something is drawn');
    await visitor.goto(address({ q: 'sum(rate(pay_duration_seconds[5m]))', tab: 'table' }));
    await page.locator('.histogram-column').nth(2).waitFor();
    await visitor.goto(address({ q: `${shopMetric}`, tab: 'heatmap' }));
    await page.getByText(en.metrics.heatNone).waitFor();
  },
);

scenario('the plan says how many series each step gave, and a remark is underlined where it points', async () => {
  const { program } = await shop();
  await using visitor = await visit(program, { size: phone, language: 'ru' });
  const { page } = visitor;
  await visitor.goto(address({ q: `sum(rate(${shopMetric}[5m]))`, tab: 'explain', browser: 'off' }));
  const steps = page.locator('.explain-node');
  await steps.nth(2).waitFor();
  assert.deepEqual(await steps.locator('strong').allTextContents(), ['1 ряд', '2 ряда', '2 ряда']);
  await assertNoSidewaysScroll(page, 'the plan');
  await page
    .getByRole('button', { name: `${ru.metrics.explainAsk}: ${shopMetric}[5m]` })
    .or(steps.nth(1).getByRole('button'))
    .first()
    .click();
  await page.waitForURL((url) => !url.search.includes('sum'));
  await visitor.goto(address({ q: `rate(pay_duration_open[5m])`, browser: 'off' }));
  await page.locator('.note.tone-info').waitFor();
  await page.locator('.cm-lintRange-info').waitFor();
  assert.equal(await page.locator('.cm-lintRange-info').first().textContent(), 'pay_duration_open');
});

scenario('cardinality leads from a metric to a label and to the rule that takes it away', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(`/data?${time}`);
  await page.getByRole('link', { name: new RegExp(en.cardinality.title) }).click();
  await page.getByRole('button', { name: shopMetric, exact: true }).click();
  await page.waitForURL('**metric=**');
  await page.locator('.figures dd', { hasText: /^2 / }).first().waitFor();
  await page.getByRole('button', { name: 'status', exact: true }).click();
  await page.getByText(say(en.cardinality.values, { label: 'status' })).waitFor();
  await page
    .getByRole('button', { name: `${en.cardinality.dropPair}: 402` })
    .first()
    .click();
  await page.getByRole('button', { name: en.cardinality.copyRule }).click();
  await page.getByText(en.cardinality.copiedRule).waitFor();
  assert.equal(
    await page.evaluate(() => navigator.clipboard.readText()),
    `metric_relabel_configs:\n  - source_labels: [__name__, status]\n    regex: '${shopMetric};402'\n    action: drop`,
  );
});
