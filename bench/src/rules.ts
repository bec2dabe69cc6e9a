import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { commandLine } from '../../conformance/src/command_line.ts';
import { metricOf } from './data/many_series.ts';
import type { SteadyReport, SteadyWrites } from './steady_writer.ts';
import { startTrilith, type Target } from './target.ts';

const {
  rules: RULES,
  interval: INTERVAL_SECONDS,
  series: SERIES,
  rounds: ROUNDS,
} = commandLine(
  'npm run bench:rules',
  `Many rules beside what they watch: groups of recording and alerting rules over series that are written every 15 s.
Fails when an evaluation was missed or failed, or when a group lagged by an interval.`,
  {
    rules: { default: 10_000, about: 'rules' },
    interval: { default: 30, about: 'seconds between two evaluations' },
    series: { default: 20_000, about: 'series they watch' },
    rounds: { default: 4, about: 'intervals that are measured' },
  },
);
const RULES_PER_GROUP = 20;
const WRITE_EVERY_MS = 15_000;
/** Samples are there before rules are asked for rates. */
const WARM_UP_SECONDS = 45;

/** A group as people have them: a few rules recorded, more that alert on series, on rates and on what was recorded. */
function ruleFile(): string {
  const groups: string[] = [];
  for (let g = 0; g * RULES_PER_GROUP < RULES; g++) {
    const rules: string[] = [];
    for (let r = 0; r < RULES_PER_GROUP; r++) {
      const n = g * RULES_PER_GROUP + r;
      const metric = `${metricOf(n % SERIES)}{job="job-${n % 50}"}`;
      const recorded = `group${g}:rate${r - (r % 5)}:sum`;
      const kinds = [
        `{record: "group${g}:rate${r}:sum", expr: 'sum(rate(${metric}[5m]))'}`,
        `{alert: Recorded${n}, expr: '${recorded} > 1e6', for: 5m, labels: {severity: page}}`,
        `{alert: Value${n}, expr: '${metric} > 1e12', for: 5m, annotations: {summary: '{{ $labels.pod }} is at {{ $value }}'}}`,
        `{alert: Rate${n}, expr: 'sum by (job) (rate(${metric}[5m])) > 1e6', for: 10m}`,
        `{alert: Absent${n}, expr: 'absent(${metric})', for: 5m}`,
      ];
      rules.push(`      - ${kinds[r % kinds.length]}`);
    }
    groups.push(`  - name: group${g}\n    rules:\n${rules.join('\n')}`);
  }
  return `groups:\n${groups.join('\n')}\n`;
}

interface Figures {
  readonly iterations: number;
  readonly missed: number;
  readonly failures: number;
  readonly evaluations: number;
  /** The largest of all groups, seconds. */
  readonly lag: number;
}

async function figures(target: Target): Promise<Figures> {
  const text = await (await fetch(`${target.url}/metrics`)).text();
  const all = (name: string): number[] =>
    [...text.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'gm'))].map(([, value]) => Number(value));
  const sum = (name: string): number => all(name).reduce((total, value) => total + value, 0);
  return {
    iterations: sum('prometheus_rule_group_iterations_total'),
    missed: sum('prometheus_rule_group_iterations_missed_total'),
    failures: sum('prometheus_rule_evaluation_failures_total'),
    evaluations: sum('prometheus_rule_evaluations_total'),
    lag: Math.max(0, ...all('trilith_rule_group_last_lag_seconds')),
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const directory = mkdtempSync(join(tmpdir(), 'trilith-bench-rules-'));
writeFileSync(join(directory, 'rules.yml'), ruleFile());
writeFileSync(
  join(directory, 'prometheus.yml'),
  `global: {evaluation_interval: ${INTERVAL_SECONDS}s}\nrule_files: [rules.yml]\n`,
);
const target = await startTrilith({ TRILITH_PROMETHEUS_CONFIG: join(directory, 'prometheus.yml') });
try {
  const seconds = WARM_UP_SECONDS + ROUNDS * INTERVAL_SECONDS;
  const workerData: SteadyWrites = { url: target.url, seconds, series: SERIES, intervalMs: WRITE_EVERY_MS };
  const writer = new Worker(new URL('./steady_writer.ts', import.meta.url), { workerData });
  const report = new Promise<SteadyReport>((resolve, reject) => {
    writer.once('message', resolve);
    writer.once('error', reject);
  });
  await sleep(WARM_UP_SECONDS * 1000);
  const before = await figures(target);
  const cpu = target.cpuSeconds() ?? 0;
  const started = performance.now();
  let lag = 0;
  while (performance.now() - started < ROUNDS * INTERVAL_SECONDS * 1000) {
    await sleep(1_000);
    lag = Math.max(lag, (await figures(target)).lag);
  }
  const tookSeconds = (performance.now() - started) / 1000;
  const cores = ((target.cpuSeconds() ?? 0) - cpu) / tookSeconds;
  const after = await figures(target);
  const { latestMs } = await report;
  const [missed, failures] = [after.missed - before.missed, after.failures - before.failures];
  const perSecond = (after.evaluations - before.evaluations) / tookSeconds;
  console.log(
    `${RULES.toLocaleString('en')} rules every ${INTERVAL_SECONDS} s over ${SERIES.toLocaleString('en')} series: ` +
      `${Math.round(perSecond)} evaluations/s (aim ${Math.round(RULES / INTERVAL_SECONDS)}), lag at most ${lag.toFixed(2)} s ` +
      `(aim ${INTERVAL_SECONDS}), ${missed} iterations missed, ${failures} failures, ${cores.toFixed(2)} cores in all, ` +
      `${Math.round(target.residentMib() ?? 0)} MiB, writes late by ${Math.round(latestMs)} ms at most`,
  );
  if (missed > 0 || failures > 0 || lag >= INTERVAL_SECONDS) process.exitCode = 1;
} finally {
  await target.stop();
  rmSync(directory, { recursive: true, force: true });
}
