import assert from 'node:assert/strict';
import { after } from 'node:test';
import { type Program, startProgram, until } from './program.ts';
import {
  hex,
  hostile,
  type LineToSend,
  type SpanToSend,
  sendLogs,
  sendShop,
  sendSpans,
  shopMetric,
  untilStored,
} from './telemetry.ts';
import { assertNoSidewaysScroll, phone, scenario, smallPhone, visit, words } from './visit.ts';

const { en } = words;
const spans = 10_000;
const lines = 12_000;
const bigTrace = hex(0xb16, 32);
const hostileTrace = hex(0xbad, 32);
let started: Promise<{ readonly program: Program; readonly endMs: number }> | undefined;

function big(): NonNullable<typeof started> {
  started ??= startProgram().then(async (program) => {
    const endMs = Date.now();
    await sendShop(program.url, endMs);
    await sendHostile(program.url, endMs);
    await sendBigTrace(program.url, endMs);
    await sendManyLines(program.url, endMs);
    return { program, endMs };
  });
  return started;
}

after(async () => {
  if (started !== undefined) await (await started).program.stop();
});

async function sendBigTrace(url: string, endMs: number): Promise<void> {
  const all: SpanToSend[] = Array.from({ length: spans }, (_, at) => ({
    service: at === 0 ? 'batch' : `worker-${at % 5}`,
    name: at === 0 ? 'nightly run' : `step ${at}`,
    traceId: bigTrace,
    spanId: hex(at + 1, 16),
    parentSpanId: at === 0 ? '' : hex(Math.floor((at - 1) / 8) + 1, 16),
    startMs: endMs - 30_000 + at,
    durationMs: at === 0 ? spans + 50 : 40,
    failed: at % 1000 === 999,
  }));
  for (let at = 0; at < all.length; at += 2000) await sendSpans(url, all.slice(at, at + 2000));
  await until('the big trace is whole', async () => {
    const trace = (await (await fetch(`${url}/api/traces/${bigTrace}`)).json()) as {
      readonly spans: readonly unknown[];
    };
    return trace.spans.length === spans;
  });
}

async function sendManyLines(url: string, endMs: number): Promise<void> {
  const all: LineToSend[] = Array.from({ length: lines }, (_, at) => ({
    labels: { service: 'flood', level: at % 50 === 0 ? 'WARN' : 'INFO' },
    ms: endMs - (lines - at) * 50,
    line: `line ${at} of the flood`,
    metadata: {},
  }));
  for (let at = 0; at < all.length; at += 3000) await sendLogs(url, all.slice(at, at + 3000));
  await until('the flood is stored', async () => {
    const params = new URLSearchParams({ query: 'sum(count_over_time({service="flood"}[1h]))' });
    return (await (await fetch(`${url}/loki/api/v1/query?${params}`)).text()).includes(`"${lines}"`);
  });
}

async function sendHostile(url: string, endMs: number): Promise<void> {
  const span = { traceId: hostileTrace, parentSpanId: '', startMs: endMs - 60_000, durationMs: 20 };
  await sendSpans(url, [{ ...span, service: hostile, name: hostile, spanId: hex(1, 16) }]);
  const labels = { service: hostile, level: 'INFO', place: hostile };
  const metadata = { trace_id: hostileTrace, span_id: hex(1, 16), note: hostile };
  await sendLogs(url, [{ labels, ms: endMs - 59_990, line: `plain ${hostile}`, metadata }]);
  await untilStored(url, hostileTrace, 1);
}

scenario('a trace of 10,000 spans opens, scrolls and draws only the rows one sees', async (t) => {
  const { program } = await big();
  await using visitor = await visit(program);
  const { page } = visitor;
  const startedAt = performance.now();
  await visitor.goto(`/trace/${bigTrace}`);
  await page.locator('.span-row').first().waitFor();
  const loadMs = performance.now() - startedAt;
  await page.getByText(`${spans} of ${spans}`).or(page.getByText('10,000 of 10,000')).first().waitFor();
  const scrollMs = await page.evaluate(async () => {
    const list = document.querySelector('.waterfall');
    if (list === null) throw new Error('no waterfall');
    const before = document.querySelector('.waterfall .span-title')?.textContent;
    const from = performance.now();
    list.scrollTop = list.scrollHeight / 2;
    while (document.querySelector('.waterfall .span-title')?.textContent === before)
      await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - from;
  });
  const rows = await page.locator('.span-row').count();
  t.diagnostic(
    `10,000 spans: shown in ${loadMs.toFixed(0)} ms, first scroll ${scrollMs.toFixed(0)} ms, ${rows} rows drawn`,
  );
  process.stderr.write(`10,000 spans: shown in ${loadMs.toFixed(0)} ms, first scroll ${scrollMs.toFixed(0)} ms\n`);
  assert.ok(rows > 10 && rows < 120, `${rows} rows drawn`);
});

scenario('a list of 12,000 log lines scrolls to its end while the document stays small', async () => {
  const { program, endMs } = await big();
  await using visitor = await visit(program);
  const { page } = visitor;
  const query = encodeURIComponent('{service="flood"}');
  await visitor.goto(`/explore/logs?from=${endMs - 900_000}&to=${endMs}&q=${query}`);
  await page.locator('.log-line', { hasText: `line ${lines - 1} of the flood` }).waitFor();
  let most = 0;
  await until(
    'the oldest line is on the page',
    async () => {
      await page.evaluate(() => {
        const list = document.querySelector('.log-list');
        if (list !== null) list.scrollTop = list.scrollHeight;
      });
      most = Math.max(most, await page.locator('body *').count());
      return (await page.locator('.log-line', { hasText: 'line 0 of the flood' }).count()) > 0;
    },
    60_000,
  );
  assert.ok(most < 3000, `${most} nodes at most`);
  await page.getByText(en.logs.end).waitFor();
});

scenario('markup in service names, spans, labels and lines is shown as text', async () => {
  const { program } = await big();
  await using visitor = await visit(program);
  const { page } = visitor;
  const service = encodeURIComponent(hostile);
  await visitor.goto('/?from=now-30m&to=now');
  await page.locator('.table').getByText(hostile).first().waitFor();
  await visitor.goto(`/services/${service}?from=now-30m&to=now`);
  await page.locator('h1', { hasText: hostile }).waitFor();
  const query = encodeURIComponent(`{service=${JSON.stringify(hostile)}}`);
  await visitor.goto(`/explore/logs?from=now-30m&to=now&q=${query}`);
  await page.locator('.log-line', { hasText: `plain ${hostile}` }).click();
  await page.locator('.detail', { hasText: hostile }).waitFor();
  await page.getByRole('link', { name: en.logs.openTrace }).click();
  await page.locator('.log-row', { hasText: hostile }).waitFor();
  // The line's own span is open already: a click would close it.
  await page.locator('.span-name', { hasText: hostile }).first().waitFor();
  await page.locator('.detail', { hasText: hostile }).waitFor();
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.evaluate(() => '__hacked' in window), false);
});

for (const size of [phone, smallPhone]) {
  scenario(`no screen scrolls sideways at ${size.width} px, in either language`, async () => {
    const { program } = await big();
    const time = 'from=now-30m&to=now';
    const metrics = encodeURIComponent(`sum by (status) (rate(${shopMetric}[1m]))`);
    const paths = [
      [`/?${time}`, '.table'],
      ['/services/checkout', '.service-charts .u-over'],
      [`/explore/metrics?${time}`, '.query-rows'],
      [`/explore/metrics?${time}&q=${metrics}`, '.u-over'],
      [`/explore/logs?${time}`, '.query-bar'],
      [`/explore/logs?${time}&q=${encodeURIComponent('{service="checkout"}')}`, '.log-line'],
      [`/explore/traces?${time}`, '.trace-results table'],
      [`/map?${time}`, '.map-table'],
      [`/trace/${bigTrace}`, '.span-row'],
      ['/data', 'table'],
      [`/data/cardinality?${time}`, '.row-tools'],
      [`/explore/metrics?${time}&vs=range&qB=up&oB=off&q=${metrics}`, '.u-over'],
    ] as const;
    for (const language of ['en', 'ru'] as const) {
      await using visitor = await visit(program, { language, size });
      for (const [path, shows] of paths) {
        await visitor.goto(path);
        await visitor.page.locator(shows).first().waitFor();
        await assertNoSidewaysScroll(visitor.page, `${path} (${language})`);
      }
    }
  });
}
