import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { Page } from 'playwright-core';
import { type Program, startProgram, until } from './program.ts';
import { hex, type SpanToSend, sendLogs, sendSpans, untilStored } from './telemetry.ts';
import { assertNoSidewaysScroll, param, phone, say, scenario, visit, words } from './visit.ts';

const { en, ru } = words;
const payment = hex(0x9a1, 32);
const earlier = hex(0x9a0, 32);
const broken = hex(0x9a2, 32);
const middle = hex(0x9a3, 32);
const huge = hex(0x9a4, 32);
const middleSpans = 10_000;
const hugeSpans = 100_000;
const queries = 24;
let started: Promise<Program> | undefined;
/** Known as soon as it runs: also a server whose data did not arrive is stopped. */
let running: Program | undefined;

function program(): NonNullable<typeof started> {
  started ??= startProgram().then(async (one) => {
    running = one;
    const endMs = Date.now();
    await sendPayments(one.url, endMs);
    await sendBroken(one.url, endMs);
    await sendWide(one.url, middle, middleSpans, endMs);
    await sendWide(one.url, huge, hugeSpans, endMs);
    return one;
  });
  return started;
}

after(async () => {
  await running?.stop();
});

/** A payment over three services with one query for each of its positions, and forty earlier ones that were quick. */
async function sendPayments(url: string, endMs: number): Promise<void> {
  const spans = Array.from({ length: 40 }, (_, at) =>
    paymentSpans(hex(0x800 + at, 32), endMs - 900_000 + at * 1000, 2),
  );
  await sendSpans(url, spans.flat());
  await sendSpans(url, paymentSpans(earlier, endMs - 120_000, 2));
  await sendSpans(url, paymentSpans(payment, endMs - 60_000, queries));
  const line = (service: string, ms: number, level: string, text: string, spanId: number) => ({
    labels: { service, level },
    ms,
    line: text,
    metadata: { trace_id: payment, span_id: hex(spanId, 16) },
  });
  await sendLogs(url, [
    line('payments-api', endMs - 59_990, 'INFO', 'payment accepted', 1),
    line('antifraud', endMs - 59_960, 'ERROR', 'score service answered late', 2),
  ]);
  await untilStored(url, payment, 2);
}

function paymentSpans(traceId: string, ms: number, selects: number): SpanToSend[] {
  const slow = selects === queries;
  const own = { traceId, service: 'payments-api', parentSpanId: hex(1, 16) };
  const length = slow ? 400 : 100;
  return [
    { ...own, name: 'POST /pay', spanId: hex(1, 16), parentSpanId: '', startMs: ms, durationMs: length, kind: 2 },
    {
      ...own,
      service: 'antifraud',
      name: 'score',
      spanId: hex(2, 16),
      startMs: ms + 10,
      durationMs: slow ? 90 : 20,
      failed: slow,
      kind: 2,
      attributes: { 'http.route': '/score', 'k8s.pod.name': 'antifraud-7' },
      events: slow
        ? [{ ms: ms + 80, name: 'exception', attributes: { 'exception.type': 'Timeout', 'exception.message': 'late' } }]
        : [],
      ...(slow ? { linksTo: earlier } : {}),
    },
    ...Array.from({ length: selects }, (_, at) => ({
      ...own,
      service: 'ledger',
      name: 'SELECT positions',
      spanId: hex(10 + at, 16),
      startMs: ms + 110 + at * 10,
      durationMs: 8,
      attributes: { 'db.system': 'postgresql', 'db.statement': `SELECT * FROM positions WHERE id = ${at}` },
    })),
  ];
}

/** A trace whose parent never came, with a service whose clock is behind. */
async function sendBroken(url: string, endMs: number): Promise<void> {
  const own = { traceId: broken, startMs: endMs - 50_000, durationMs: 50 };
  await sendSpans(url, [
    { ...own, service: 'mail', name: 'send', spanId: hex(1, 16), parentSpanId: hex(99, 16) },
    {
      ...own,
      service: 'smtp',
      name: 'deliver',
      spanId: hex(2, 16),
      parentSpanId: hex(1, 16),
      startMs: endMs - 50_400,
      durationMs: 20,
    },
  ]);
  await untilStored(url, broken, 0);
}

async function sendWide(url: string, traceId: string, count: number, endMs: number): Promise<void> {
  const spans = Array.from({ length: count }, (_, at) => ({
    service: at === 0 ? 'batch' : `worker-${Math.floor((at - 1) / 8) % 5}`,
    // The eight below one span do the same: they are repeats.
    name: at === 0 ? 'nightly run' : `step ${Math.floor((at - 1) / 8) % 500}`,
    traceId,
    spanId: hex(at + 1, 16),
    parentSpanId: at === 0 ? '' : hex(Math.floor((at - 1) / 8) + 1, 16),
    startMs: endMs - 300_000 + at,
    durationMs: at === 0 ? count + 50 : 40,
    failed: at % 1000 === 999,
  }));
  for (let at = 0; at < spans.length; at += 5000) await sendSpans(url, spans.slice(at, at + 5000));
  const last = spans.at(-1)?.spanId ?? '';
  await until('the last span is there', async () => (await fetch(`${url}/api/traces/${traceId}/spans/${last}`)).ok);
}

const titles = (page: Page): Promise<string[]> => page.locator('.waterfall .span-title').allTextContents();

scenario(
  'a payment: repeats are one row, lines and the exception stand at their time, slower than usual is said',
  async () => {
    const { url } = await program();
    await using visitor = await visit(await program());
    const { page } = visitor;
    await visitor.goto(`/trace/${payment}`);
    const fold = page.locator('.fold-row');
    await fold.getByText(`×${queries}`).waitFor();
    await page.locator('.log-row', { hasText: 'score service answered late' }).waitFor();
    await page.locator('.event-mark[data-exception]').first().waitFor();
    await page.locator('.span-row', { hasText: 'POST /pay' }).getByText(en.trace.usual.short.slowest).waitFor();
    await fold.click();
    await until('the repeats are open', async () => (await page.locator('.span-row').count()) > queries);
    await page.keyboard.press('n');
    await until('nothing is folded', async () => (await fold.count()) === 0);
    assert.equal(param(page, 'fold'), 'off');

    await page.keyboard.press('e');
    await page.waitForURL(/span=/);
    const panel = page.locator('.detail');
    await panel.getByText('k8s.pod.name').waitFor();
    await panel.getByText('exception.type').waitFor();
    await panel.getByText(en.trace.usual.slowest).waitFor();
    await panel.getByRole('link', { name: earlier }).waitFor();
    await panel.getByRole('button', { name: say(en.trace.filterFor, { pair: 'http.route=/score' }) }).click();
    await page.waitForURL(/explore\/traces/);
    assert.equal(param(page, 'q'), '{ span.http.route = "/score" }');
    assert.ok((await fetch(`${url}/api/traces/${payment}/spans/${hex(2, 16)}`)).ok);
  },
);

scenario('filters hide and keep the way to what matches; keys step, fold and change the view', async () => {
  await using visitor = await visit(await program());
  const { page } = visitor;
  await visitor.goto(`/trace/${payment}?logs=off`);
  await page.locator('.fold-row').waitFor();
  await page.getByLabel(en.trace.find, { exact: true }).fill('positions WHERE id = 7');
  await until('only the span that says so and its parent', async () => (await titles(page)).length === 2);
  await page.getByLabel(en.trace.find, { exact: true }).fill('');
  await page.getByText(en.trace.critical, { exact: true }).click();
  await until('the critical path', async () => param(page, 'pill') === 'critical');
  await page.getByRole('button', { name: en.trace.hideInfra, exact: true }).click();
  await until('no infrastructure', async () => param(page, 'infra') === 'hide');
  await page.getByRole('button', { name: en.trace.hideInfra, exact: true }).click();
  await page.getByText(en.trace.all, { exact: true }).click();
  await page.locator('.waterfall').focus();
  for (const key of ['j', 'j']) await page.keyboard.press(key);
  assert.equal(param(page, 'span'), hex(2, 16));
  await page.keyboard.press('h');
  await until('the parent', () => param(page, 'span') === hex(1, 16));
  await page.keyboard.press('h');
  await until('the parent is closed', async () => (await page.locator('.span-row').count()) === 1);
  await page.keyboard.press('ArrowRight');
  await page.locator('.fold-row').waitFor();
  await page.keyboard.press('2');
  const drawnPixels = await page.locator('.flame canvas').evaluate((element: HTMLCanvasElement) => {
    const pixels = element.getContext('2d')?.getImageData(0, 0, element.width, 40).data ?? [];
    return new Set(Array.from(pixels)).size;
  });
  assert.ok(drawnPixels > 8, `${drawnPixels} kinds of pixel`);
  await page.keyboard.press('3');
  await page.locator('.span-list-row', { hasText: 'POST /pay' }).waitFor();
  await page.keyboard.press('4');
  await page.locator('.trace-statistics tbody tr').first().getByText('SELECT positions').waitFor();
  assert.equal(param(page, 'view'), 'statistics');
});

scenario('two traces are compared; missing parents and clocks are told of', async () => {
  await using visitor = await visit(await program());
  const { page } = visitor;
  await visitor.goto(`/trace/${payment}`);
  await page.getByRole('button', { name: en.trace.compare.open }).click();
  await page.getByLabel(en.trace.compare.with).fill(earlier);
  await page.keyboard.press('Enter');
  const slower = page.locator('.diff-row[data-verdict="slower"]', { hasText: 'SELECT positions' });
  // A trial of a click fails where the text is in the document but not painted.
  await slower.getByText('2 → 24').click({ trial: true });
  await visitor.goto(`/trace/${broken}`);
  await page.getByText(say(en.trace.missing_one, { count: 1 })).waitFor();
  await page.getByRole('button', { name: en.trace.skewAdjust }).click();
  await page.getByText(en.trace.skewAdjusted).waitFor();
  assert.equal(param(page, 'clocks'), 'adjusted');
});

scenario('every view of a trace fits a phone, in Russian', async () => {
  await using visitor = await visit(await program(), { size: phone, language: 'ru' });
  const { page } = visitor;
  for (const view of ['waterfall', 'flame', 'table', 'statistics']) {
    await visitor.goto(`/trace/${payment}?view=${view}&span=${hex(2, 16)}`);
    await page.getByRole('radio', { name: ru.trace.form.waterfall }).first().waitFor({ state: 'attached' });
    await page.locator('.detail').waitFor();
    await assertNoSidewaysScroll(page, view);
  }
  await visitor.goto(`/trace/${earlier}...${payment}`);
  await page.locator('.diff-row').nth(2).waitFor();
  await assertNoSidewaysScroll(page, 'the comparison');
});

/** Time the page's main thread was busy so far, ms of its own CPU time: other programs do not count. */
async function busyClock(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  };
}

/** Milliseconds from an action until the page has drawn what it led to. */
async function drawnWithin(page: Page, act: () => Promise<unknown>, shows: string): Promise<number> {
  await page.evaluate((text) => {
    const state = document.querySelector('.trace-toolbar [role=status]');
    if (state === null) throw new Error('no toolbar');
    const marks = { from: 0 };
    const note = (): void => {
      marks.from ||= performance.now();
    };
    for (const kind of ['keydown', 'input', 'pointerdown'])
      window.addEventListener(kind, note, { capture: true, once: true });
    Object.assign(window, {
      __drawn: new Promise<number>((resolve, reject) => {
        setTimeout(() => reject(new Error(`not drawn: ${text}; shown: ${state.textContent}`)), 30_000);
        const look = (): void => {
          const rows = document.querySelector('.waterfall')?.textContent ?? '';
          const done = marks.from > 0 && (state.textContent?.includes(text) === true || rows.includes(text));
          if (done) resolve(performance.now() - marks.from);
          else requestAnimationFrame(look);
        };
        look();
      }),
    });
  }, shows);
  await act();
  return page.evaluate(() => (window as unknown as { __drawn: Promise<number> }).__drawn);
}

scenario('with 10,000 spans filter, fold and critical path answer at once', async (t) => {
  await using visitor = await visit(await program());
  const { page } = visitor;
  await visitor.goto(`/trace/${middle}?fold=off`);
  const all = page.getByText('10,000 of 10,000');
  await all.waitFor();
  const busy = await busyClock(page);
  const figures: string[] = [];
  const measured = async (name: string, act: () => Promise<unknown>, shows: string): Promise<void> => {
    const before = await busy();
    const ms = await drawnWithin(page, act, shows);
    figures.push(`${name} ${ms.toFixed(0)} ms (page busy ${((await busy()) - before).toFixed(0)} ms)`);
  };
  const pill = (name: string) => () => page.getByText(name, { exact: true }).click();
  await measured('errors', pill(en.trace.errors), '10 of 10,000');
  await pill(en.trace.all)();
  await all.waitFor();
  await measured('critical path', pill(en.trace.critical), '2 of 10,000');
  await pill(en.trace.all)();
  await all.waitFor();
  await page.locator('.waterfall').focus();
  await measured('fold', () => page.keyboard.press('n'), '×8');
  await page.keyboard.press('n');
  await page.locator('.fold-row').first().waitFor({ state: 'detached' });
  await measured('collapse', () => page.keyboard.press(']'), '+');
  const text = `10,000 spans: ${figures.join(', ')}`;
  t.diagnostic(text);
  process.stderr.write(`${text}\n`);
});

scenario('a trace of 100,000 spans opens, and scrolls without a dropped frame', async (t) => {
  await using visitor = await visit(await program());
  const { page } = visitor;
  // A trace is opened from a search that has answered: what the search takes is not the trace's.
  const answered = ['search', 'overview'].map((part) =>
    page.waitForResponse((response) => response.url().includes(`/api/traces/${part}?`), { timeout: 120_000 }),
  );
  await visitor.goto('/explore/traces');
  await Promise.all(answered);
  const busy = await busyClock(page);
  const from = performance.now();
  await visitor.goto(`/trace/${huge}?fold=off`);
  // A busy machine may take long: the figure is printed, for a quiet one to be held to two seconds.
  await page.locator('.span-row').first().waitFor({ timeout: 120_000 });
  const openMs = performance.now() - from;
  await page.getByText('100,000 of 100,000').waitFor();
  const openBusyMs = await busy();
  const frames = await page.evaluate(async () => {
    const list = document.querySelector('.waterfall');
    if (list === null) throw new Error('no waterfall');
    const gaps: number[] = [];
    let last = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
    for (let frame = 0; frame < 120; frame += 1) {
      list.scrollTop += 180;
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      gaps.push(now - last);
      last = now;
    }
    return { worst: Math.max(...gaps), late: gaps.filter((gap) => gap > 25).length };
  });
  const scrollBusyMs = ((await busy()) - openBusyMs) / 120;
  const rows = await page.locator('.span-row').count();
  const figures = `100,000 spans: shown in ${openMs.toFixed(0)} ms (page busy ${openBusyMs.toFixed(0)} ms); 120 frames scrolled, ${frames.late} late, the longest ${frames.worst.toFixed(0)} ms, busy ${scrollBusyMs.toFixed(1)} ms each; ${rows} rows drawn`;
  t.diagnostic(figures);
  process.stderr.write(`${figures}\n`);
  assert.ok(rows > 10 && rows < 120, `${rows} rows drawn`);
});
