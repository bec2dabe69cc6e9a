/**
 * Receivers that fail in every way for a while (refuse connections, answer 503, never answer, answer 429 with Retry-After),
 * and kill -9 of the server while a receiver has taken a notification and not answered; then checks that every alert that
 * had to arrive did, those that came and went meanwhile too, and counts what was said twice.
 * `--minutes N` receivers fail (default 30), `--kills N` (default 5), `--waves N` of alerts meanwhile (default 12),
 * `--keep` leaves data and log. Exit status 1 when anything is missing, or said twice beyond one a kill.
 */
import { parseArgs } from 'node:util';
import { runDelivery } from './delivery.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    kills: { type: 'string', default: '5' },
    waves: { type: 'string', default: '12' },
    keep: { type: 'boolean', default: false },
  },
});

const started = performance.now();
const minutes = Number(values.minutes);
const report = await runDelivery({
  faultSeconds: minutes * 60,
  kills: Number(values.kills),
  waves: Number(values.waves),
  groupIntervalSeconds: minutes >= 10 ? 60 : 10,
  ruleIntervalSeconds: minutes >= 10 ? 15 : 2,
  keep: values.keep,
  print: (line) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`),
});
const columns = ['receiver', 'alerts', 'arrived', 'ended', 'ends told', 'duplicates', 'attempts', 'longest wait'];
const table = [
  columns,
  ...report.rows.map((row) => [
    row.fault,
    ...[row.alerts, row.arrived, row.ended, row.endsArrived, row.duplicates, row.attempts].map(String),
    `${row.longestWaitSeconds.toFixed(1)} s`,
  ]),
];
for (const line of table) console.log(line.map((cell, i) => (i === 0 ? cell.padEnd(10) : cell.padStart(13))).join(''));
console.log(
  `${report.kills} kill -9; made again by the program's own count: ${report.repeated}; answers that came too late: ${report.lateAnswers}; ` +
    `taken and not in the ledger: ${report.notInLedger}; processor: ${(report.cpuShare * 100).toFixed(1)} % of a core`,
);
console.log(`${report.passed ? 'PASSED' : 'FAILED'} in ${Math.round((performance.now() - started) / 1000)} s`);
process.exitCode = report.passed ? 0 : 1;
