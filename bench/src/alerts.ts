import { commandLine } from '../../conformance/src/command_line.ts';
import { Alertmanager, readAlertmanagerConfig, type ToldAlert } from '../../server/src/alerting/index.ts';
import { alertmanagerRoutes } from '../../server/src/api/alertmanager/index.ts';
import { alertsNowRoutes } from '../../server/src/api/trilith/index.ts';
import { createFakeClock } from '../../server/src/base/clock.ts';
import { createLogger } from '../../server/src/base/telemetry/log.ts';
import { createMetricsRegistry } from '../../server/src/base/telemetry/metrics.ts';
import { labelsFrom } from '../../server/src/model/labels.ts';

const { alerts: ALERTS, rounds: ROUNDS } = commandLine(
  'npm run bench:alerts',
  `Many alerts at once: told, grouped and listed through the APIs, in this process and without a network. Processor time and
wall time of the best of a few rounds, milliseconds. Fails when grouping and the slowest list take more than a second of
either together.`,
  {
    alerts: { default: 50_000, about: 'alerts' },
    rounds: { default: 3, about: 'rounds, of which the best counts' },
  },
);
const TEAMS = 40;
const SILENCES = 200;
const START_MS = Date.UTC(2026, 0, 1);
/** What the issue of alerting promises for grouping and listing together, ms. */
const BOUND_MS = 1_000;
const GROUPED = 'told and grouped';
const LISTS = ['/api/v2/alerts', '/api/v2/alerts/groups', '/api/alerts/now'];

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

const made: ToldAlert[] = Array.from({ length: ALERTS }, (_, i) => ({
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
/** As they come from a decoder or another thread: texts that were joined here lie in pieces, which makes reading them dear. */
const alerts = structuredClone(made);

const records = <Body>() => ({ all: async () => new Map<string, Body>(), put: async () => undefined });
const milliseconds = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

/** Milliseconds. */
interface Took {
  readonly processor: number;
  readonly wall: number;
}

async function round(): Promise<ReadonlyMap<string, Took>> {
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
  const nobody = { people: () => new Map(), escalationOf: () => ({ asked: [], next: [], nextAtMs: null }) };
  const nowRoutes = alertsNowRoutes({ of: () => alertmanager, ...nobody, nowMs: clock.nowMs });
  const get = async (path: string): Promise<number> => {
    const route = [...routes, ...nowRoutes].find((one) => one.method === 'GET' && one.path === path);
    const request = { method: 'GET', path, params: {}, query: new URLSearchParams(), headers: {}, tenant: 'bench' };
    const signal = new AbortController().signal;
    if (route === undefined) throw new Error(`nothing answers ${path}`);
    const { body } = await route.handler({ ...request, body: new Uint8Array(), signal });
    return body?.length ?? 0;
  };
  const took = new Map<string, Took>();
  const measure = async (name: string, run: () => unknown): Promise<void> => {
    const [since, startedMs] = [process.cpuUsage(), performance.now()];
    await run();
    took.set(name, { processor: milliseconds(since), wall: performance.now() - startedMs });
  };
  await measure(GROUPED, () => alertmanager.tell(alerts));
  await measure('told again', () => alertmanager.tell(alerts));
  for (const path of LISTS) await measure(`GET ${path}`, () => get(path));
  console.log(`  ${alertmanager.groups().length} groups`);
  await alertmanager[Symbol.asyncDispose]();
  return took;
}

console.log(`${ALERTS} alerts, ${TEAMS + 2} teams, ${SILENCES} silences`);
const rounds: ReadonlyMap<string, Took>[] = [];
for (let i = 0; i < ROUNDS; i++) rounds.push(await round());
const best = (name: string, of: keyof Took): number => Math.min(...rounds.map((took) => took.get(name)?.[of] ?? 0));
const line = (name: string, processor: number, wall: number): string =>
  `${name.padEnd(28)} ${processor.toFixed(0).padStart(6)} ms ${wall.toFixed(0).padStart(6)} ms`;
console.log(`${' '.repeat(28)} processor      wall`);
for (const name of rounds[0]?.keys() ?? []) console.log(line(name, best(name, 'processor'), best(name, 'wall')));
const together = (of: keyof Took): number =>
  best(GROUPED, of) + Math.max(...LISTS.map((path) => best(`GET ${path}`, of)));
console.log(`${line('grouped and listed', together('processor'), together('wall'))} of at most ${BOUND_MS}`);
if (Math.max(together('processor'), together('wall')) > BOUND_MS) process.exitCode = 1;
