import assert from 'node:assert/strict';
import { after } from 'node:test';
import { type Program, startProgram } from './program.ts';
import { type ShopRequest, sendShop, sendSpans, shopService } from './telemetry.ts';
import { assertNoSidewaysScroll, param, phone, say, scenario, visit, words } from './visit.ts';

const { en } = words;
const endMs = Date.now();
const time = `from=${endMs - 25 * 60_000}&to=${endMs + 60_000}&tz=utc`;

let started: Promise<{ readonly program: Program; readonly requests: readonly ShopRequest[] }> | undefined;

/** The shop, whose `risk` also asks a database. */
function shop(): NonNullable<typeof started> {
  started ??= startProgram().then(async (program) => {
    const requests = await sendShop(program.url, endMs);
    await sendSpans(
      program.url,
      requests.map(({ at, ms, traceId }) => ({
        service: 'risk',
        name: 'SELECT scores',
        traceId,
        spanId: `b${(at + 1).toString(16).padStart(15, '0')}`,
        parentSpanId: `a${(at * 8 + 2).toString(16).padStart(15, '0')}`,
        startMs: ms + 6,
        durationMs: 4,
        kind: 3,
        attributes: { 'db.system.name': 'postgresql', 'db.namespace': 'scores' },
      })),
    );
    return { program, requests };
  });
  return started;
}

after(async () => {
  if (started !== undefined) await (await started).program.stop();
});

scenario(
  'traces are found by fields and by TraceQL, each writing the other; totals are of all, the list says which',
  async () => {
    const { program, requests } = await shop();
    // The last query is refused.
    await using visitor = await visit(program, { expected: /400 \(Bad Request\)/ });
    const { page } = visitor;
    await visitor.goto(`/explore/traces?${time}`);
    await page.getByText(say(en.traces.found_other, { text: requests.length })).waitFor();
    await page.getByText(say(en.traces.listedNewest, { shown: 50 })).waitFor();

    await page.getByRole('combobox', { name: en.traces.service, exact: true }).fill(shopService);
    await page.getByText(en.traces.errorsOnly, { exact: true }).click();
    await page.waitForURL(/status/);
    assert.equal(param(page, 'q'), `{ resource.service.name = "${shopService}" && status = error }`);
    const failed = requests.filter((one) => one.failed).length;
    await page.getByText(say(en.traces.found_other, { text: failed })).waitFor();

    const editor = page.locator('.cm-content');
    await editor.fill('{ name = "book" && duration < 1ms }');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: en.traces.find, exact: true }).click();
    await page.getByText(en.traces.empty).waitFor();
    await page.getByText(en.traces.formCannot).waitFor();
    await page.getByRole('button', { name: say(en.traces.relax, { condition: 'duration < 1ms' }) }).click();
    await page.getByText(say(en.traces.found_other, { text: requests.length })).waitFor();
    assert.equal(await page.getByRole('combobox', { name: en.traces.operation, exact: true }).inputValue(), 'book');

    await visitor.goto(`/explore/traces?${time}&q=${encodeURIComponent('{ status = ')}`);
    await page.locator('.state-message').waitFor();
  },
);

scenario('a box over the durations is held against the rest, survives a reload, and narrows the query', async () => {
  const { program, requests } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  const query = encodeURIComponent(`{ resource.service.name = "${shopService}" }`);
  await visitor.goto(`/explore/traces?${time}&q=${query}`);
  await page.getByRole('button', { name: en.traces.whyErrors }).click();
  const failed = requests.filter((one) => one.failed).length;
  await page.getByText(say(en.traces.selectedSpans, { spans: failed })).waitFor();
  await page.getByText(say(en.traces.otherSpans, { spans: requests.length - failed })).waitFor();

  await page.keyboard.press('Escape');
  await page.locator('.trace-differences').waitFor({ state: 'detached' });
  const plot = page.locator('.duration-plot');
  const box = await plot.boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + 4, box.y + 4);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height - 4, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/sel=box/);
  await page.locator('.trace-differences-legend').waitFor();
  await page.reload();
  await page.locator('.duration-box').waitFor();
  await page.getByRole('button', { name: en.traces.narrow }).click();
  await page.waitForURL((url) => url.searchParams.get('sel') === null);
  assert.match(param(page, 'q') ?? '', /&& duration >= .* && duration < /);
  assert.ok(Number(param(page, 'to')) < endMs, 'the time is narrowed too');
});

scenario('lists by span and by operation, with columns; keys go through the rows and open one', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  const query = encodeURIComponent('{ name = "SELECT scores" }');
  await visitor.goto(`/explore/traces?${time}&q=${query}&cols=span.db.namespace`);
  await page.locator('td.field-cell', { hasText: 'scores' }).first().waitFor();
  await page.keyboard.press('v');
  await page.locator('.trace-results strong', { hasText: 'risk' }).first().waitFor();
  assert.equal(param(page, 'list'), 'spans');
  await page.keyboard.press('v');
  await page.getByRole('button', { name: 'risk: SELECT scores' }).click();
  await page.waitForURL(/resource\.service\.name/);
  await visitor.goto(`/explore/traces?${time}&q=${query}`);
  await page.locator('.trace-results tbody tr').nth(3).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.locator('.trace-results tr[data-marked]').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/trace/**');
});

scenario('traces are one tree that shows where errors start; a graph gives the draft of an alert', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  const query = encodeURIComponent(`{ resource.service.name = "${shopService}" && status = error }`);
  await visitor.goto(`/explore/traces?${time}&q=${query}&list=structure&paths=errors`);
  await page.locator('.structure-row[data-origin]').first().waitFor();
  await page.locator('.structure-origins a').first().click();
  await page.waitForURL(/\/trace\/.*span=/);
  await page.goBack();
  await page.getByRole('button', { name: en.traces.alert.errors, exact: true }).click();
  await page.waitForURL('**/alerts/rules/draft?**');
  assert.match(param(page, 'draft') ?? '', /traces_spanmetrics_calls_total/);
});

for (const language of ['en', 'ru'] as const)
  scenario(`the map shows who calls whom and leads to a node’s traces (${language})`, async () => {
    const { program } = await shop();
    await using visitor = await visit(program, { language });
    const { page } = visitor;
    const text = words[language].serviceMap;
    await visitor.goto(`/map?${time}`);
    for (const name of [shopService, 'risk', 'ledger', 'scores'])
      await page.getByRole('button', { name: new RegExp(`^${name},`) }).waitFor();
    await page.getByLabel(text.search, { exact: true }).fill('no such service');
    await page.waitForURL(/find=no\+such/);
    await page.getByRole('button', { name: text.clearFilters }).click();
    await page.getByRole('button', { name: /^risk,/ }).click();
    const panel = page.locator('.map-panel');
    await panel.getByRole('button', { name: 'scores' }).waitFor();
    await panel.getByRole('button', { name: shopService }).waitFor();
    await panel.getByRole('button', { name: text.focusHere }).click();
    await page.waitForURL(/focus=risk/);
    await page.getByText(text.depthOf_one.replace('{{count}}', '1'), { exact: true }).click();
    await page.getByRole('button', { name: /^ledger,/ }).waitFor({ state: 'detached' });
    await panel.getByRole('link', { name: text.openTraces, exact: true }).click();
    await page.waitForURL('**/explore/traces?**');
    assert.equal(param(page, 'q'), '{ resource.service.name = "risk" }');
  });

scenario('on a phone the map is a list of calls, and nothing scrolls sideways', async () => {
  const { program } = await shop();
  await using visitor = await visit(program, { size: phone });
  const { page } = visitor;
  await visitor.goto(`/map?${time}`);
  await page.locator('.map-table tbody tr').first().waitFor();
  assert.equal(await page.locator('.map-graph').isVisible(), false);
  await assertNoSidewaysScroll(page, 'the map');
  await visitor.goto(`/explore/traces?${time}&sel=errors`);
  await page.locator('.trace-results tbody tr').first().waitFor();
  await page.locator('.trace-differences-legend').waitFor();
  await assertNoSidewaysScroll(page, 'the search');
});
