import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Program, startProgram, until } from './program.ts';
import { assertNoSidewaysScroll, phone, say, scenario, visit, words } from './visit.ts';

const { en, ru } = words;

const RULES = `
groups:
  - name: always
    interval: 1s
    rules:
      - alert: TooMuch
        expr: vector(7) > 5
        labels: {severity: page, service: payments-api}
        annotations: {summary: "seven is more than five"}
      - alert: NotYet
        expr: vector(7) > 5
        for: 1h
      - alert: Quiet
        expr: vector(1) > 5
`;
const DRAFT = `
groups:
  - name: draft
    rules:
      - alert: DraftOfRule
        expr: vector(8) > 5
        labels: {severity: page}
`;
const ALERTMANAGER = `
route:
  receiver: team
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  routes:
    - matchers: [severity="page"]
      receiver: pager
receivers:
  - name: team
  - name: pager
    webhook_configs: [{url: "http://127.0.0.1:PORT/"}]
`;

const RUNBOOK = `# Seven is too much

<img src="x" onerror="document.title='hostile'"> <script>document.title='hostile'</script>
[hostile](javascript:document.title='hostile'), [gone](gone.md), [other](other.md#last)

\`\`\`promql Seven
label_replace(vector(7), "service", "$labels.service", "", "")
\`\`\`

\`\`\`logql
{service="$labels.service"}
\`\`\`

\`\`\`traceql
{ resource.service.name = "$labels.service" && span.pod = "$labels.pod" }
\`\`\`

- [ ] take two away
`;

/** A server whose rule fires at once, and a receiver that takes everything. */
async function startAlerting(): Promise<{ readonly program: Program; readonly stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'trilith-alerts-'));
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => response.end('ok'));
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const rules = join(folder, 'rules.yml');
  const alertmanager = join(folder, 'alertmanager.yml');
  const config = join(folder, 'trilith.yaml');
  await writeFile(rules, RULES);
  await writeFile(alertmanager, ALERTMANAGER.replace('PORT', String(port)));
  const runbooks = { directory: join(folder, 'runbooks'), check_links: false };
  await mkdir(runbooks.directory);
  await writeFile(join(runbooks.directory, 'too-much.md'), RUNBOOK);
  await writeFile(join(runbooks.directory, 'other.md'), '# Other\n\n## Last\n\nThe end.\n');
  await writeFile(config, JSON.stringify({ rules: { files: [rules] }, alerting: { config: alertmanager }, runbooks }));
  const program = await startProgram({ TRILITH_CONFIG: config });
  const stop = async (): Promise<void> => {
    await program.stop();
    receiver.close();
    receiver.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until('the alert was told', () => wasTold(program), toldWithinMs);
  } catch (error) {
    await stop();
    throw error;
  }
  return { program, stop };
}

/** The store's first start, the first evaluation, and a notification with its evidence. */
const toldWithinMs = 60_000;

async function wasTold({ url }: Program): Promise<boolean> {
  const answer: unknown = await (await fetch(`${url}/api/alerts/now`)).json();
  return JSON.stringify(answer).includes('"told":true');
}

let started: ReturnType<typeof startAlerting> | undefined;
const alerting = (): ReturnType<typeof startAlerting> => {
  started ??= startAlerting();
  return started;
};
after(async () => {
  // What could not start has stopped itself.
  const running = await started?.catch(() => undefined);
  await running?.stop();
});

scenario('whoever is woken sees on a phone what fires and who was told, and acknowledges it', async () => {
  const { program } = await alerting();
  await using visitor = await visit(program, { language: 'ru', theme: 'light', size: phone });
  const { page } = visitor;
  await visitor.goto('/alerts');
  const card = page.locator('.group-card', { hasText: 'TooMuch' });
  await card.getByText('seven is more than five').waitFor();
  await card.getByText('pager').waitFor();
  await card.getByRole('link', { name: ru.alerts.places.why }).waitFor();
  await page.locator('.pending-alerts', { hasText: 'NotYet' }).waitFor();
  await assertNoSidewaysScroll(page, 'alerts');
  await card.getByRole('button', { name: ru.onCall.acknowledge }).click();
  await page.getByLabel(ru.onCall.yourName).fill('Anna');
  await page.keyboard.press('Enter');
  await card.getByText(say(ru.alerts.toldNext.acknowledged, { person: 'Anna' })).waitFor();
});

scenario('a silence is made from a card by keys, with its effect shown before, and is taken back', async () => {
  const { program } = await alerting();
  await using visitor = await visit(program);
  const { page } = visitor;
  await visitor.goto('/alerts?filter=alertname%3D"TooMuch"');
  const card = page.locator('.group-card', { hasText: 'TooMuch' });
  await card.waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('s');
  await page.waitForURL('**/alerts/silences/new?**');
  await page.getByText(say(en.silences.affectsNow_one, { count: 1 })).waitFor();
  await page.getByRole('button', { name: en.silences.durations.hour, exact: true }).click();
  await page.getByLabel(en.silences.comment).fill('being rebuilt');
  await page.getByRole('button', { name: /^Silence until/ }).click();
  await page.waitForURL('**/alerts/silences?**id=**');
  await page.locator('.group-card', { hasText: 'being rebuilt' }).waitFor();
  await visitor.goto('/alerts');
  await card.getByText(en.alerts.toldNext.silenced).click();
  await page.getByRole('button', { name: en.silences.expire }).click();
  await until('the silence is over', async () => {
    const all: unknown = await (await fetch(`${program.url}/alertmanager/api/v2/silences`)).json();
    return JSON.stringify(all).includes('"state":"expired"');
  });
});

scenario(
  'rules lead to a rule with its threshold, history and backtest; routes and why say where an alert goes',
  async () => {
    const { program } = await alerting();
    await using visitor = await visit(program);
    const { page } = visitor;
    await visitor.goto('/alerts/rules?filter=toomuch');
    await page.getByRole('link', { name: 'TooMuch' }).click();
    await page.locator('.threshold-graph').waitFor();
    await page.getByText(say(en.alertRules.fired_one, { count: 1 })).waitFor();
    await page.getByRole('button', { name: en.alertRules.runBacktest }).click();
    await page.locator('.backtest-total').waitFor();
    await page.locator('.happenings', { hasText: 'pager/webhook[0]' }).waitFor();
    await page.getByRole('link', { name: en.alertRules.changeDraft }).click();
    await page.getByLabel(en.alertRules.draftText).fill(DRAFT);
    await page.getByRole('button', { name: en.alertRules.runBacktest }).click();
    await page.locator('.backtest-told', { hasText: 'DraftOfRule' }).getByText('pager').first().waitFor();
    await page.goBack();
    await page.getByRole('link', { name: en.alerts.places.why }).click();
    await page.getByText(en.why.paged, { exact: false }).first().waitFor();
    await page.locator('.why-hop[data-outcome="passed"]', { hasText: en.why.hops.receiver }).waitFor();
    await visitor.goto('/alerts/routes?labels=severity%3D"page"');
    await page.locator('.route-line[data-state="taken"]', { hasText: 'pager' }).waitFor();
    await page.getByRole('button', { name: say(en.routing.testReceiver, { receiver: 'pager' }) }).click();
    await page.getByText(en.routing.tookTest).waitFor();
    await visitor.goto('/alerts/noise');
    await page.getByRole('link', { name: 'TooMuch' }).waitFor();
    await visitor.goto('/alerts/history');
    assert.ok((await page.locator('.alert-life-stretch[data-state="firing"]').first().waitFor()) === undefined);
  },
);

scenario(
  'the runbook of an alert opens from its card with its labels in live queries; nothing in it runs',
  async () => {
    const { program } = await alerting();
    await using visitor = await visit(program, { size: phone });
    const { page } = visitor;
    await visitor.goto('/alerts');
    await page.locator('.group-card', { hasText: 'TooMuch' }).getByRole('link', { name: en.alerts.runbook }).click();
    await page.getByRole('heading', { level: 1, name: 'Seven is too much' }).waitFor();
    const queries = page.locator('.live-query');
    await queries.nth(0).getByText('label_replace(vector(7), "service", "payments-api", "", "")').waitFor();
    await queries.nth(0).locator('canvas').waitFor();
    await queries.nth(1).getByText(en.runbooks.noLines).waitFor();
    await queries
      .nth(2)
      .getByText(say(en.runbooks.missing, { labels: 'pod' }))
      .waitFor();
    await page.getByText('gone.md is not in the folder of runbooks').waitFor();
    await assertNoSidewaysScroll(page, 'runbook');
    assert.equal(await page.locator('.runbook-text img, .runbook-text script, a[href^="javascript"]').count(), 0);
    assert.match(await page.title(), /Seven is too much/);
    await page.getByLabel('pod').fill('a"b');
    await page.getByRole('button', { name: en.runbooks.fill }).click();
    await queries.nth(2).getByText('span.pod = "a\\"b"').waitFor();
    await page.getByRole('link', { name: 'other' }).click();
    await page.getByText('The end.').waitFor();
    await visitor.goto('/runbooks');
    await page.getByText(say(en.runbooks.without_other, { count: 2 })).waitFor();
  },
);

scenario('no screen of alerting scrolls sideways on a phone', async () => {
  const { program } = await alerting();
  await using visitor = await visit(program, { language: 'ru', size: phone });
  const { page } = visitor;
  const filled = [
    '/alerts/why?alert=TooMuch&labels=severity%3D"page"',
    '/alerts/silences/new?filter=alertname%3D"TooMuch"',
    '/alerts/rules/rule?rule=TooMuch',
    '/alerts/rules/draft',
    '/alerts/routes?labels=severity%3D"page"',
    '/alerts/rules',
  ];
  const rest = ['/alerts/silences', '/alerts/history', '/alerts/noise', '/slo', '/drills', '/proof'];
  for (const path of [...filled, ...rest]) {
    await visitor.goto(path);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
    await assertNoSidewaysScroll(page, path);
  }
});
