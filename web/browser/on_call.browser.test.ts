import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Program, startProgram, until } from './program.ts';
import { sendShop, shopMetric } from './telemetry.ts';
import { assertNoSidewaysScroll, phone, say, scenario, visit, words } from './visit.ts';

const { en, ru } = words;

const ON_CALL = `
people:
  anna: { name: Anna Petrova, receivers: [hook], zone: Europe/Moscow }
  boris: { name: Борис Ким, receivers: [hook], zone: Europe/Moscow }
schedules:
  payments:
    zone: Europe/Moscow
    layers:
      - { name: always, people: [anna], every: week, start: 2026-01-05 10:00 }
policies:
  payments: { repeat: 0, steps: [{ notify: ["schedule:payments"], wait: 1h }, { notify: ["person:boris"], wait: 1h }] }
`;
const ALERTMANAGER = `
route:
  receiver: payments-on-call
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
receivers:
  - { name: payments-on-call, on_call_configs: [{ policy: payments }] }
  - { name: hook, webhook_configs: [{ url: "http://127.0.0.1:PORT/" }] }
`;
const RULES = `
groups:
  - name: payments
    interval: 1s
    rules:
      - { alert: TooMuch, expr: vector(7) > 5, labels: { severity: page } }
      - { alert: QueueGrows, expr: queue_depth > 5, for: 10m, labels: { severity: page } }
`;
const DRILLS = `
drills:
  - name: queue page
    alert: QueueGrows
    inject: { interval: 1m, series: [{ series: 'queue_depth{queue="pay"}', values: 0 10x60 }] }
    expect: { receiver: payments-on-call }
`;
const OBJECTIVES = `
version: trilith/v1
objectives:
  - name: paid
    service: shop
    description: Orders are paid
    target: 90
    period: 1h
    bad: sum by (status) (rate(${shopMetric}{status="402"}[$window]))
    total: sum by (status) (rate(${shopMetric}[$window]))
    labels: { team: money }
    alert: { name: OrdersBurn }
`;

/** A server with somebody on call, a rule that fires, a drill, and an objective over the shop's counters. */
async function startWatched(): Promise<{ readonly program: Program; readonly stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'trilith-on-call-'));
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => response.end('ok'));
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  const config = await file(
    'trilith.yaml',
    JSON.stringify({
      rules: { files: [await file('rules.yml', RULES)] },
      alerting: { config: await file('alertmanager.yml', ALERTMANAGER.replace('PORT', String(port))) },
      on_call: { file: await file('on-call.yml', ON_CALL) },
      drills: { files: [await file('drills.yaml', DRILLS)] },
      slo: { files: [join(folder, 'slo*.yaml')] },
    }),
  );
  const program = await startProgram({ TRILITH_CONFIG: config });
  const stop = async (): Promise<void> => {
    await program.stop();
    receiver.close();
    receiver.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await sendShop(program.url, Date.now());
    // Only now, so that its first count finds the past.
    await file('slo.yaml', OBJECTIVES);
    await until('the objective was counted', async () => {
      await fetch(`${program.url}/-/reload`, { method: 'POST' });
      const answer: unknown = await (await fetch(`${program.url}/api/slo/shop-paid`)).json();
      return typeof answer === 'object' && answer !== null && 'bad' in answer && Number(answer.bad) > 0;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { program, stop };
}

let started: ReturnType<typeof startWatched> | undefined;
const watched = (): ReturnType<typeof startWatched> => {
  started ??= startWatched();
  return started;
};
after(async () => {
  if (started !== undefined) await (await started).stop();
});

scenario(
  'on a phone somebody else takes over by two taps, the alert is acknowledged, the cover taken back',
  async () => {
    const { program } = await watched();
    await using visitor = await visit(program, { language: 'ru', theme: 'light', size: phone });
    const { page } = visitor;
    await visitor.goto('/on-call');
    await page.getByRole('button', { name: ru.onCall.nobodyYet }).click();
    await page.getByRole('menuitem', { name: 'Anna Petrova' }).click();
    const card = page.locator('.schedule-card', { hasText: 'payments' });
    await card.getByText('Anna Petrova').waitFor();
    const asked = page.locator('.asked-list li', { hasText: 'TooMuch' });
    await asked.getByRole('button', { name: say(ru.onCall.acknowledgeAs, { person: 'Anna Petrova' }) }).click();
    await asked.getByText(ru.onCall.acknowledgedBy.split(' ')[0] ?? '').waitFor();
    await page.locator('.timeline-stretch', { hasText: 'Anna Petrova' }).first().waitFor();
    await assertNoSidewaysScroll(page, 'on call');

    await card.getByRole('button', { name: ru.onCall.cover }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Борис Ким' }).click();
    await card.getByText('Борис Ким').waitFor();
    await page.locator('.override-list').getByRole('button', { name: ru.onCall.removeOverride }).click();
    await card.getByText('Anna Petrova').waitFor();
  },
);

scenario('what excluding time does to a budget is shown before, holds for the past, and can be put back', async () => {
  const { program } = await watched();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto('/slo?q=paid');
  await page.locator('.slo-table').getByRole('link', { name: 'shop-paid' }).click();
  await page.locator('.slo-charts .u-over').first().waitFor();
  await page.getByText('status=402').waitFor();
  await page.getByRole('link', { name: 'OrdersBurn' }).first().waitFor();
  await page.getByText(/^Only .* too little to speak of/).waitFor();
  const left = page.locator('.slo-tile', { hasText: en.slo.left }).locator('strong');
  const before = await left.textContent();
  await page.getByRole('button', { name: en.slo.exclude }).click();
  await page.locator('.exclusion-form').getByText('→ –').waitFor();
  await page.getByLabel(en.slo.reason).fill('load test');
  await page.locator('.exclusion-form').getByRole('button', { name: en.slo.exclude }).click();
  const kept = page.locator('.exclusion-list li', { hasText: 'load test' });
  await kept.waitFor();
  await until('nothing of the hour counts', async () => (await left.textContent()) === '–');
  await kept.getByRole('button', { name: en.slo.include }).click();
  await page.locator('.mantine-Popover-dropdown').getByText(`– → ${before}`).waitFor();
  await page.locator('.mantine-Popover-dropdown').getByRole('button', { name: en.slo.include }).click();
  await page.getByText(en.slo.noExclusions).waitFor();
  assert.equal(await left.textContent(), before);
});

scenario('the proof board runs a drill, whose hops are followed to the end', async () => {
  const { program } = await watched();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto('/proof');
  const row = page.locator('.proof-table tr', { hasText: 'QueueGrows' });
  await row.getByText(en.proof.doubt.never_fired).waitFor();
  await row.getByRole('button', { name: en.proof.drill }).click();
  await page.waitForURL('**/drills/*');
  await page.locator('.screen-head', { hasText: en.drills.states.passed }).waitFor();
  const passed = page.locator('.hops li[data-outcome="passed"]');
  await passed.filter({ hasText: en.drills.hop.told }).waitFor();
  await passed.filter({ hasText: en.drills.hop.receiver }).waitFor();
  await until('the ledger has its firing', async () =>
    (await (await fetch(`${program.url}/api/alerts/proof`)).text()).includes('"isDrill":true'),
  );
  await visitor.goto('/proof');
  await row.locator('.proof-last').getByText(en.proof.byDrill).waitFor();
  await visitor.goto('/');
  await page.locator('.on-watch', { hasText: 'Anna Petrova' }).waitFor();
});
