/**
 * Kills the running program (kill -9, half of the times the server, half of the times its engine) under load on all three
 * signals, and checks that every acknowledged record can be queried exactly once.
 * `--cycles N` kills (default 20), `--seed N`, `--verify-every N` (0: only count rows at the end), `--keep` leaves the data directory.
 * Exit status 1 when anything is lost, stored twice or wrong.
 */
import { parseArgs } from 'node:util';
import { runCrash } from './crash.ts';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'verify-every': { type: 'string', default: '10' },
    clients: { type: 'string', default: '2' },
    keep: { type: 'boolean', default: false },
  },
});

function quantile(sorted: readonly number[], q: number): string {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
  return value === undefined ? '-' : `${Math.round(value)} ms`;
}

const started = performance.now();
const report = await runCrash({
  cycles: Number(values.cycles),
  seed: Number(values.seed),
  verifyEvery: Number(values['verify-every']),
  clients: Number(values.clients),
  keep: values.keep,
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
