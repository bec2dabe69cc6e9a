/**
 * Kills agent and server (kill -9) while log files grow and rotate, then takes the server away, and checks that every
 * record is stored exactly once.
 * `--kills N` (default 20), `--minutes N` of outage (default 0.5), `--rate N` records per second (default 400), `--seed N`,
 * `--keep`. Exit status 1 when anything is lost or stored twice.
 */
import { parseArgs } from 'node:util';
import { runStorm } from './storm.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '0.5' },
    rate: { type: 'string', default: '400' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keep: { type: 'boolean', default: false },
  },
});

const started = performance.now();
const report = await runStorm({
  kills: Number(values.kills),
  outageSeconds: Number(values.minutes) * 60,
  rate: Number(values.rate),
  seed: Number(values.seed),
  keep: values.keep,
  print: (line) => console.log(line),
});
for (const { service, written, rows, distinct } of report.services)
  console.log(`${service}: ${written} records written, ${rows} rows stored, ${distinct} different`);
const rss = report.residentMib;
const most = (part: readonly number[]): number => part.reduce((max, value) => Math.max(max, value), 0);
const third = Math.floor(rss.length / 3);
console.log(
  `resident memory of the agent: first third at most ${most(rss.slice(0, third))} MiB, last third ${most(rss.slice(-third))} MiB`,
);
console.log(
  `${report.passed ? 'PASSED' : 'FAILED'}: ${report.agentKills} kills of the agent, ${report.serverKills} of the server, ` +
    `${report.rotations} rotations, seed ${values.seed}, in ${Math.round((performance.now() - started) / 1000)} s`,
);
process.exitCode = report.passed ? 0 : 1;
