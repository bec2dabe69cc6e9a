import { commandLine } from '../command_line.ts';
import { runCrash } from './crash.ts';

const options = commandLine(
  'npm run crash',
  `Kills the running program (kill -9, half of the times the server, half of the times its engine) under load on all three
signals, and checks that every acknowledged record can be queried exactly once.
Exit status 1 when anything is lost, stored twice or wrong.`,
  {
    cycles: { default: 20, about: 'kills' },
    seed: { default: Date.now() % 1_000_000, about: 'the same seed kills at the same points' },
    'verify-every': { default: 10, about: 'kills between two looks at every record; 0: only count rows at the end' },
    clients: { default: 2, about: 'that send' },
    keep: { default: false, about: 'leave the data directory' },
  },
);

function quantile(sorted: readonly number[], q: number): string {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
  return value === undefined ? '-' : `${Math.round(value)} ms`;
}

const started = performance.now();
const report = await runCrash({
  ...options,
  verifyEvery: options['verify-every'],
  print: (line) => console.log(line),
});
const { kills, stored } = report;
for (const [name, times] of [
  ['ready after a kill of the server', kills.readyMs],
  ['ready after a kill of the engine', kills.engineReadyMs],
] as const) {
  const sorted = times.toSorted((a, b) => a - b);
  console.log(`${name}: p50 ${quantile(sorted, 0.5)}, p99 ${quantile(sorted, 0.99)}, max ${quantile(sorted, 1)}`);
}
for (const [signal, { expected, rows, distinct }] of Object.entries(stored)) {
  console.log(`stored ${signal}: ${rows} rows, ${distinct} distinct, ${expected} acknowledged`);
}
console.log(
  `requests: ${report.ackMs.length} acknowledged (p50 ${quantile(report.ackMs, 0.5)}, p99 ${quantile(report.ackMs, 0.99)}), ` +
    `${report.broken} without an answer, ${report.refused} asked to come again`,
);
console.log(`crash points: ${[...kills.points].map(([point, n]) => `${point} ${n}`).join(', ')}`);
console.log(`requests acknowledged while the engine was down: ${kills.ackedWithoutEngine}`);
for (const answer of new Set(report.wrongAnswers)) console.log(`unexpected answer: ${answer}`);
const verdicts = Object.values(report.verdicts);
const sum = (pick: (verdict: (typeof verdicts)[number]) => number): number => verdicts.reduce((s, v) => s + pick(v), 0);
console.log(
  `${report.passed ? 'PASSED' : 'FAILED'}: ${kills.server} kills of the server, ${kills.engine} of the engine, ` +
    `${report.acknowledgedItems} items acknowledged, ${sum((v) => v.lost)} lost, ${sum((v) => v.duplicated)} duplicated, ` +
    `${sum((v) => v.wrong + v.unexpected)} wrong, in ${Math.round((performance.now() - started) / 1000)} s`,
);
process.exitCode = report.passed ? 0 : 1;
