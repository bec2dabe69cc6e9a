import { commandLine } from '../command_line.ts';
import { runStorm } from './storm.ts';

const { kills, minutes, rate, seed, keep } = commandLine(
  'npm run agent:outage',
  `Kills agent and server (kill -9) while log files grow and rotate, then takes the server away, and checks that every
record is stored exactly once. Exit status 1 when anything is lost or stored twice.`,
  {
    kills: { default: 20, about: 'of agent and server' },
    minutes: { default: 0.5, about: 'how long the server is away' },
    rate: { default: 400, about: 'records written a second' },
    seed: { default: Date.now() % 1_000_000, about: 'the same seed kills at the same moments' },
    keep: { default: false, about: 'leave the directories' },
  },
);

const started = performance.now();
const report = await runStorm({
  kills,
  outageSeconds: minutes * 60,
  rate,
  seed,
  keep,
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
    `${report.rotations} rotations, seed ${seed}, in ${Math.round((performance.now() - started) / 1000)} s`,
);
process.exitCode = report.passed ? 0 : 1;
