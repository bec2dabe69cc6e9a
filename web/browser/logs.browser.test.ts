import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { Page } from 'playwright-core';
import { type Program, startProgram, until } from './program.ts';
import { type LineToSend, sendLogs, sendShop, shopService } from './telemetry.ts';
import { assertNoSidewaysScroll, param, phone, say, scenario, visit, words } from './visit.ts';

const { en } = words;
const floodLines = 200_000;
/** Every one of the newest so many is looked at, of the others some of each page. */
const allLookedAt = 10_000;
/** Less than the height of the lines that are read at once, CSS pixels. */
const everyPage = 18_000;
/** So many lines share each moment. */
const sameTime = 7;
let started: Promise<{ readonly program: Program; readonly endMs: number }> | undefined;

function shop(): NonNullable<typeof started> {
  started ??= startProgram().then(async (program) => {
    const endMs = Date.now();
    await sendShop(program.url, endMs);
    return { program, endMs };
  });
  return started;
}

after(async () => {
  if (started !== undefined) await (await started).program.stop();
});

const logs = (query: string, more = ''): string =>
  `/explore/logs?from=now-30m&to=now&q=${encodeURIComponent(query)}${more}`;
const shopQuery = `{service="${shopService}"}`;

async function sendFlood(url: string, endMs: number): Promise<void> {
  const batch = 10_000;
  for (let at = 0; at < floodLines; at += batch) {
    const lines: LineToSend[] = Array.from({ length: batch }, (_, i) => ({
      labels: { service: 'flood', level: 'INFO' },
      ms: endMs - Math.floor((floodLines - at - i) / sameTime) * 10,
      line: `line ${at + i} of the flood`,
      metadata: {},
    }));
    await sendLogs(url, lines);
  }
  await until('the flood is stored', async () => {
    const params = new URLSearchParams({ query: 'sum(count_over_time({service="flood"}[1h]))' });
    return (await (await fetch(`${url}/loki/api/v1/query?${params}`)).text()).includes(`"${floodLines}"`);
  });
}

/**
 * Scrolls by a step (CSS pixels) to the end in its direction, or down to a row, and looks at every row that is drawn: it
 * shows a line of the moment whose turn it is there, so that none before it is missing or there twice, and the same line
 * whenever it is drawn. Tells how often the view did not stay where it was scrolled to.
 */
async function scrollThrough(page: Page, step: number, toRow = Number.POSITIVE_INFINITY): Promise<number> {
  return page.evaluate(
    async ({ by, until, end, lines, together }) => {
      const list = document.querySelector<HTMLElement>('.log-list');
      if (list === null) throw new Error('no list');
      const height = 22;
      const holder = window as unknown as { known?: Map<number, number> };
      const known = holder.known ?? new Map<number, number>();
      holder.known = known;
      const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
      const note = (): boolean => {
        const seen = new Map<number, number>();
        for (const slot of list.querySelectorAll<HTMLElement>('.log-slot')) {
          const line = /line (\d+) of/.exec(slot.textContent ?? '')?.[1];
          if (line !== undefined) seen.set(Number(slot.dataset.index), Number(line));
        }
        const rows = Math.round((list.firstElementChild?.getBoundingClientRect().height ?? 0) / height);
        const first = Math.min(rows - 1, Math.floor(list.scrollTop / height));
        const last = Math.min(rows - 1, Math.floor((list.scrollTop + list.clientHeight - 1) / height));
        for (let index = first; index <= last; index += 1) if (!seen.has(index)) return false;
        for (const [index, line] of seen) {
          const was = known.get(index);
          if (was !== undefined && was !== line) throw new Error(`row ${index} was line ${was} and is ${line}`);
          if (Math.floor((index + 1) / together) !== Math.floor((lines - line) / together))
            throw new Error(`row ${index} is line ${line}`);
          known.set(index, line);
        }
        return true;
      };
      let jumps = 0;
      while (!note()) await frame();
      while (list.scrollTop < until * height) {
        const before = list.scrollTop;
        list.scrollTop = before + by;
        const asked = list.scrollTop;
        for (let waited = 0; !note(); waited += 1) {
          if (waited > 2000) throw new Error(`lines at ${list.scrollTop} never came`);
          await frame();
        }
        if (Math.abs(list.scrollTop - asked) > 1) jumps += 1;
        if (asked !== before) continue;
        if (by < 0 || document.querySelector('.log-end')?.textContent === end) return jumps;
        await frame();
      }
      return jumps;
    },
    { by: step, until: toRow, end: en.logs.end, lines: floodLines, together: sameTime },
  );
}

/** Rows looked at so far, and how many different lines they showed. */
async function looked(page: Page): Promise<{ readonly rows: number; readonly different: number }> {
  return page.evaluate(() => {
    const known = (window as unknown as { known: Map<number, number> }).known;
    return { rows: known.size, different: new Set(known.values()).size };
  });
}

scenario('200,000 lines scroll to their end and back without a jump, a gap or a line twice', async (t) => {
  const { program, endMs } = await shop();
  await sendFlood(program.url, endMs);
  await using visitor = await visit(program);
  const { page } = visitor;
  const from = endMs - 1_200_000;
  const query = encodeURIComponent('{service="flood"}');
  await visitor.goto(`/explore/logs?from=${from}&to=${endMs + 1}&q=${query}&fields=off`);
  await page.locator('.log-line').first().waitFor();
  await page.getByText(new RegExp(`of ${floodLines.toLocaleString('en-US')}$`)).waitFor();
  const startedAt = performance.now();
  // Less than what is drawn at first, so that every line is looked at; then so much that every page is.
  let jumps = await scrollThrough(page, 900, allLookedAt);
  const near = await looked(page);
  assert.ok(near.rows >= allLookedAt, `${near.rows} rows looked at`);
  jumps += await scrollThrough(page, everyPage);
  const downMs = performance.now() - startedAt;
  const heap = await page.evaluate(
    () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
  );
  await page.getByText(en.logs.end).waitFor();
  const all = await looked(page);
  assert.equal(all.different, all.rows);
  assert.ok(
    await page.evaluate(
      (last) => (window as unknown as { known: Map<number, number> }).known.has(last),
      floodLines - 1,
    ),
    'the last row is the last line',
  );
  jumps += await scrollThrough(page, -everyPage);
  assert.equal(jumps, 0, 'the view stays where one scrolled to');
  const nodes = await page.locator('body *').count();
  assert.ok(nodes < 3000, `${nodes} nodes`);
  t.diagnostic(`200,000 lines: down in ${(downMs / 1000).toFixed(1)} s, heap ${(heap / 1e6).toFixed(0)} MB`);
});

scenario('list, table and JSON show one result; columns are moved, widened and kept in the address', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(logs(shopQuery));
  await page.locator('.log-line').first().waitFor();
  await page.getByText(en.logs.form.table, { exact: true }).click();
  await page.locator('.table-line').first().waitFor();
  const field = page.locator('.field', { hasText: 'span_id' });
  await field.hover();
  await field.getByRole('button', { name: en.logs.addColumn }).click();
  await page.waitForURL('**cols=level%2Cservice%2Cspan_id%2Cmessage**');
  const edge = page.locator('.table-title', { hasText: 'span_id' }).locator('.table-edge');
  const box = await edge.boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + 3, box.y + 5);
  await page.mouse.down();
  await page.mouse.move(box.x + 43, box.y + 5, { steps: 3 });
  await page.mouse.up();
  await page.waitForURL('**span_id%3A190**');
  await page.getByRole('button', { name: 'span_id', exact: true }).press('ArrowLeft');
  await page.waitForURL('**cols=level%2Cspan_id**');
  await page.reload();
  await page.locator('.table-line').first().waitFor();
  assert.deepEqual((await page.locator('.table-name').allTextContents()).slice(0, 2), [en.logs.levelTitle, 'span_id']);
  await page.getByText(en.logs.form.json, { exact: true }).click();
  const document = await page.locator('.json-text').first().textContent();
  const parsed = JSON.parse(document ?? '') as { readonly labels: { readonly service: string } };
  assert.equal(parsed.labels.service, shopService);
});

scenario('a word and a key are completed by use, and the box says the LogQL they become', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto('/explore/logs?from=now-30m&to=now');
  const box = page.getByRole('combobox', { name: en.logs.placeholder });
  await box.fill('serv');
  await page.getByRole('option', { name: /^service:/ }).click();
  await page.getByRole('option', { name: new RegExp(`^${shopService}`) }).click();
  assert.equal(await box.inputValue(), `service:${shopService} `);
  await box.press('End');
  await page.keyboard.type('refused');
  await page.locator('.becomes code', { hasText: `{service="${shopService}"} |~ "(?i)refused"` }).waitFor();
  await box.press('Enter');
  await page.locator('.log-line mark').first().waitFor();
  const marked = await page.locator('.log-line mark').allTextContents();
  assert.deepEqual([...new Set(marked)], ['refused']);
});

scenario('the values of a field are counted over the whole range and filter in both directions', async () => {
  const { program, endMs } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(`/explore/logs?from=${endMs - 1_800_000}&to=${endMs}&q=${encodeURIComponent(shopQuery)}`);
  const field = page.locator('.field', { has: page.getByRole('button', { name: /\blevel\b/ }) }).first();
  await field.locator('.field-name').click();
  await field.getByText(say(en.logs.countedAll, { share: '100 %' })).waitFor();
  assert.deepEqual(await field.locator('.field-text').allTextContents(), ['INFO', 'ERROR']);
  assert.deepEqual(await field.locator('.field-value > .num').allTextContents(), ['432', '48']);
  await field.getByRole('button', { name: say(en.logs.include, { field: 'level', value: 'ERROR' }) }).click();
  await until('the query asks for errors', () => param(page, 'q') === `{service="${shopService}", level="ERROR"}`);
  await page.getByText(say(en.logs.loaded, { loaded: '48', total: '48' })).waitFor();
});

scenario('context goes on in both directions by stream and by trace while the line stays where it is', async () => {
  const { program, endMs } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(
    `/explore/logs?from=${endMs - 900_000}&to=${endMs}&q=${encodeURIComponent(`${shopQuery} |= "refused"`)}`,
  );
  await page.locator('.log-line').nth(10).click();
  await page.getByRole('button', { name: en.logs.context, exact: true }).click();
  const lines = page.locator('.context .log-line');
  await until('ten lines on each side', async () => (await lines.count()) === 21);
  const top = async (): Promise<number> => (await page.locator('.context-anchor').boundingBox())?.y ?? 0;
  await page.locator('.detail-body').evaluate((body) => body.scrollBy({ top: 200 }));
  const before = await top();
  await page.getByRole('button', { name: `↑ ${en.logs.earlier}` }).evaluate((button: HTMLElement) => button.click());
  await until('fifty more before', async () => (await lines.count()) === 71);
  assert.ok(Math.abs((await top()) - before) < 3, 'the line stays where it is');
  await page.getByText(en.logs.contextKind.trace, { exact: true }).click();
  await until('the three lines of the request', async () => (await lines.count()) === 3);
});

scenario('picked lines are compared and copied, and a link to one opens it deep in the list', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(logs(shopQuery));
  await page
    .locator('.log-line')
    .nth(1)
    .click({ modifiers: ['Control'] });
  await page
    .locator('.log-line')
    .nth(3)
    .click({ modifiers: ['Control'] });
  await page.getByRole('button', { name: en.logs.diff }).click();
  await page.locator('.diff-text ins').first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('toolbar').getByRole('button', { name: en.actions.copy }).click();
  await page.getByRole('menuitem', { name: en.logs.copyAs.json }).click();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as readonly unknown[];
  assert.equal(copied.length, 2);
  await page.locator('.log-list').evaluate((list) => list.scrollTo({ top: 22 * 300 }));
  const deep = page.locator('.log-line').nth(25);
  await deep.click();
  const text = await page.locator('.detail .code-block').textContent();
  await page.getByRole('button', { name: en.logs.copyLink }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await using theirs = await visit(program, { theme: 'light', language: 'ru' });
  await theirs.page.goto(link);
  await theirs.page.locator('.detail .code-block').waitFor();
  assert.equal(await theirs.page.locator('.detail .code-block').textContent(), text);
  assert.equal(await theirs.page.locator('.log-line[aria-selected="true"]').count(), 1, 'the line is in the list');
});

scenario('live lines appear as they are sent, wait while one reads, and G goes on', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(logs('{service="alive"}', '&live=1'));
  await page.getByText(en.logs.liveWaiting).waitFor();
  await page.locator('.tail-state[data-state="open"]').waitFor();
  const send = (from: number, count: number): Promise<void> =>
    sendLogs(
      program.url,
      Array.from({ length: count }, (_, at) => ({
        labels: { service: 'alive', level: 'INFO' },
        ms: Date.now() + at / 1000,
        line: `beat ${from + at}`,
        metadata: {},
      })),
    );
  await send(0, 100);
  await page.locator('.log-line', { hasText: 'beat 99' }).waitFor();
  await page.locator('.log-list').evaluate((list) => list.scrollTo({ top: 400 }));
  await page.locator('.log-line', { hasText: 'beat 75' }).waitFor();
  await send(100, 5);
  await page.locator('.new-lines', { hasText: '5' }).waitFor();
  assert.equal(await page.locator('.log-line', { hasText: 'beat 104' }).count(), 0);
  await page.locator('.log-list').press('g');
  await page.keyboard.press('g');
  await page.locator('.log-line', { hasText: 'beat 104' }).waitFor();
  assert.equal(param(page, 'live'), '1');
});

scenario('a saved view brings its query, form and columns back', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(logs(shopQuery, '&view=table&cols=level,message'));
  await page.getByRole('button', { name: en.logs.views }).click();
  await page.getByLabel(en.logs.viewName).fill('payments');
  await page.getByRole('button', { name: en.logs.saveView }).click();
  await page.getByText(en.logs.viewSaved).waitFor();
  await visitor.goto('/explore/logs?from=now-1h&to=now');
  await page.getByRole('button', { name: en.logs.views }).click();
  await page.getByRole('button', { name: 'payments', exact: true }).click();
  await page.locator('.table-line').first().waitFor();
  assert.equal(param(page, 'cols'), 'level,message');
  assert.equal(param(page, 'from'), 'now-1h');
});

scenario('a query that cannot be run is said to be so once, and nothing waits beside it', async () => {
  const { program } = await shop();
  await using visitor = await visit(program, { expected: /400 \(Bad Request\)/ });
  const { page } = visitor;
  for (const query of ['{service="shop"', '{service="shop"} |~ "("', '{}']) {
    await visitor.goto(logs(query));
    await page.getByText(en.logs.cannotRun).waitFor();
    await until('nothing else is shown', async () => (await page.locator('.logs-histogram, .fields').count()) === 0);
    assert.equal(await page.getByRole('alert').count(), 1);
    const width = (await page.locator('.logs-list-panel').boundingBox())?.width ?? 0;
    assert.ok(width > 1000, `the result is ${width} px wide`);
  }
});

scenario('a query that yields numbers is drawn, and leads to the lines it counts; a number is a word', async () => {
  const { program } = await shop();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto(logs(`sum by (level) (count_over_time(${shopQuery}[1m]))`));
  await page.locator('.logs-metric canvas').waitFor();
  const names = page.locator('.logs-metric tbody tr');
  await until('a series a level', async () => (await names.count()) === 2);
  await page.getByRole('button', { name: en.logs.countedLines }).click();
  await page.locator('.log-line').first().waitFor();
  assert.equal(param(page, 'q'), shopQuery);
  await visitor.goto(logs('404'));
  await page.locator('.becomes code', { hasText: '{service=~".+"} |~ "(?i)404"' }).waitFor();
  await page.locator('.log-line, .state-title').first().waitFor();
});

scenario('a wrapped line has the width of a phone, and says how much of it is not shown', async () => {
  const { program } = await shop();
  const line = `first ${'word '.repeat(2000)}last`;
  await sendLogs(program.url, [{ labels: { service: 'long' }, ms: Date.now(), line, metadata: {} }]);
  await using visitor = await visit(program, { size: phone });
  const { page } = visitor;
  await visitor.goto(logs('{service=~"long"}', '&wrap=1'));
  const message = page.locator('.log-line .log-message').first();
  await message.waitFor();
  const width = (await message.boundingBox())?.width ?? 0;
  assert.ok(width > 320, `the text is ${width} px wide`);
  await page.locator('.folded', { hasText: `+${(line.length - 4000).toLocaleString('en-US')}` }).waitFor();
  await assertNoSidewaysScroll(page, 'a wrapped line');
  await visitor.goto(logs(`{service="long"} |= "${'x'.repeat(500)}"`));
  const asked = page.locator('.state-line code');
  await asked.waitFor();
  const box = await asked.boundingBox();
  assert.ok(box !== null && box.x >= 0 && box.x + box.width <= phone.width, 'a long query stays in its place');
});

scenario('lines stay while the server is away, and say so; arrow keys move through them', async () => {
  const { program } = await shop();
  await using visitor = await visit(program, { expected: /ERR_INTERNET_DISCONNECTED/ });
  const { page, context } = visitor;
  await visitor.goto(logs(shopQuery, '&refresh=off'));
  const lines = page.locator('.log-line');
  await lines.first().waitFor();
  const said = page.locator('.logs-list-panel .note');
  await context.setOffline(true);
  await page.getByRole('button', { name: en.time.refresh }).click();
  await said.waitFor();
  assert.ok((await lines.count()) > 20, 'the lines are still there');
  await page.getByText(en.logs.form.patterns, { exact: true }).click();
  await page.locator('.logs-list-panel').getByText(en.states.unreachable, { exact: true }).waitFor();
  await context.setOffline(false);
  await page.getByText(en.logs.form.list, { exact: true }).click();
  await page.getByRole('button', { name: en.time.refresh }).click();
  await said.waitFor({ state: 'detached' });
  const list = page.locator('.log-list');
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp']) await list.press(key);
  await page.locator('[data-index="1"] .log-line[aria-selected="true"]').waitFor();
});
