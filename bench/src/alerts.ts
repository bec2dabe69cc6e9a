/**
 * Many alerts at once: told, grouped, flushed and listed through the API, in this process and without a network. Processor time
 * of the best of a few rounds, milliseconds. `--alerts N` (default 50,000), `--rounds N` (default 3).
 */
import { parseArgs } from 'node:util';
import { Alertmanager, readAlertmanagerConfig, type ToldAlert } from '../../server/src/alerting/index.ts';
import { alertmanagerRoutes } from '../../server/src/api/alertmanager/index.ts';
import { createFakeClock } from '../../server/src/base/clock.ts';
import { createLogger } from '../../server/src/base/telemetry/log.ts';
import { createMetricsRegistry } from '../../server/src/base/telemetry/metrics.ts';
import { labelsFrom } from '../../server/src/model/labels.ts';

const { values } = parseArgs({
  options: { alerts: { type: 'string', default: '50000' }, rounds: { type: 'string', default: '3' } },
});
const ALERTS = Number(values.alerts);
const ROUNDS = Number(values.rounds);
const TEAMS = 40;
const SILENCES = 200;
const START_MS = Date.UTC(2026, 0, 1);
/** What the issue of alerting promises for grouping and listing together, ms. */
const BOUND_MS = 1_000;

/** A tree as large organisations have it: a route a team, pages apart from the rest, patterns among the matchers. */
function configText(): string {
  const teams = Array.from({ length: TEAMS }, (_, i) => `team${i}`);
  const routes = teams.map(
    (team) =>
      `    - {receiver: ${team}, matchers: ['team="${team}"'], routes: [{matchers: ['severity=~"page|critical"'], group_by: [alertname, cluster]}]}`,
  );
  const receivers = ['root', ...teams].map((name) => `  - {name: ${name}}`);
  const rules = ['info', 'warning'].map(
    (severity) =>
      `  - {source_matchers: [severity=page], target_matchers: [severity=${severity}], equal: [cluster, alertname]}`,
  );
  return `route:\n  receiver: root\n  group_by: [alertname]\n  routes:\n${routes.join('\n')}\nreceivers:\n${receivers.join('\n')}\ninhibit_rules:\n${rules.join('\n')}\n`;
}

const alerts: ToldAlert[] = Array.from({ length: ALERTS }, (_, i) => ({
  labels: labelsFrom([
    ['alertname', `Alert${i % 500}`],
    ['cluster', `c${i % 20}`],
    ['instance', `10.0.${i % 256}.${Math.floor(i / 256) % 256}:9100`],
    ['job', `job${i % 100}`],
    ['severity', ['info', 'warning', 'page'][i % 3] ?? ''],
    ['team', `team${i % (TEAMS + 2)}`],
  ]),
  annotations: labelsFrom([['summary', `instance ${i} of job ${i % 100} is not as it should be`]]),
  startsAtMs: START_MS,
  endsAtMs: START_MS + 86_400_000,
  generatorUrl: `http://prometheus.example/graph?g0.expr=up%7Bi%3D%22${i}%22%7D`,
}));

const records = <Body>() => ({ all: async () => new Map<string, Body>(), put: async () => undefined });
const milliseconds = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

async function round(): Promise<Record<string, number>> {
  const clock = createFakeClock(START_MS);
  const alertmanager = new Alertmanager({
    tenant: 'bench',
    config: readAlertmanagerConfig(configText()),
    integrationsOf: () => [],
    clock,
    records: { silences: records(), notifications: records(), undelivered: records() },
    note: () => undefined,
    acknowledgedBy: () => undefined,
    log: createLogger({ service: 'bench', level: 'FATAL', write: () => undefined }),
    registry: createMetricsRegistry(),
  });
  for (let i = 0; i < SILENCES; i++) {
    const matchers = [{ name: 'instance', operator: '=', value: `10.0.${i}.0:9100` } as const];
    const text = { createdBy: 'bench', comment: '', annotations: {} };
    await alertmanager.silences.set(
      { id: '', matchers, startsAtMs: START_MS, endsAtMs: START_MS + 86_400_000, ...text },
      'bench',
    );
  }
  const routes = alertmanagerRoutes({
    of: () => alertmanager,
    nowMs: clock.nowMs,
    version: '',
    startedMs: START_MS,
    authorOf: () => '',
  });
  const get = async (path: string): Promise<number> => {
    const route = routes.find((one) => one.method === 'GET' && one.path === `/api/v2${path}`);
    const request = { method: 'GET', path, params: {}, query: new URLSearchParams(), headers: {}, tenant: 'bench' };
    const signal = new AbortController().signal;
    const response = await route?.handler({ ...request, body: new Uint8Array(), signal });
    return response?.body?.length ?? 0;
  };
  const took: Record<string, number> = {};
  const measure = async (name: string, run: () => unknown): Promise<void> => {
    const since = process.cpuUsage();
    await run();
    took[name] = milliseconds(since);
  };
  await measure('told and grouped', () => alertmanager.tell(alerts));
  await measure('told again', () => alertmanager.tell(alerts));
  await measure('GET /alerts', () => get('/alerts'));
  await measure('GET /alerts/groups', () => get('/alerts/groups'));
  console.log(`  ${alertmanager.groups().length} groups`);
  await alertmanager[Symbol.asyncDispose]();
  return took;
}

console.log(`${ALERTS} alerts, ${TEAMS + 2} teams, ${SILENCES} silences`);
const rounds: Record<string, number>[] = [];
for (let i = 0; i < ROUNDS; i++) rounds.push(await round());
const best = (name: string): number => Math.min(...rounds.map((took) => took[name] ?? 0));
for (const name of Object.keys(rounds[0] ?? {}))
  console.log(`${name.padEnd(28)} ${best(name).toFixed(0).padStart(6)} ms`);
const grouped = best('told and grouped') + Math.max(best('GET /alerts'), best('GET /alerts/groups'));
console.log(`grouped and listed           ${grouped.toFixed(0).padStart(6)} ms of at most ${BOUND_MS}`);
if (grouped > BOUND_MS) process.exitCode = 1;
