import { commandLine } from '../command_line.ts';
import { runDelivery } from './delivery.ts';

const { minutes, kills, waves, keep } = commandLine(
  'npm run drill:delivery',
  `Receivers that fail in every way for a while (refuse connections, answer 503, never answer, answer 429 with Retry-After),
kill -9 of the server after a notification was decided and before it was sent, and while a receiver has taken one and not
answered; then checks that every alert that had to arrive did, those that came and went meanwhile too, and says why
something was said twice. Fails when anything is missing, or said twice for another reason than a kill (once each) or an
answer later than the sender waited.`,
  {
    minutes: { default: 30, about: 'minutes receivers fail' },
    kills: { default: 5, about: 'kill -9 before an answer' },
    waves: { default: 12, about: 'waves of alerts meanwhile' },
    keep: { default: false, about: 'leave data and log' },
  },
);

const started = performance.now();
const report = await runDelivery({
  faultSeconds: minutes * 60,
  kills,
  waves,
  groupIntervalSeconds: minutes >= 10 ? 60 : 10,
  ruleIntervalSeconds: minutes >= 10 ? 15 : 2,
  keep,
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
  `${report.kills} kill -9 before an answer; made again by the program's own count: ${report.repeated}\n` +
    `said twice after a kill: ${report.afterKill}, after an answer that came too late: ${report.afterLateAnswer}, for no known reason: ${report.unexplained}\n` +
    `taken and not in the ledger: ${report.notInLedger}; processor: ${(report.cpuShare * 100).toFixed(1)} % of a core`,
);
console.log(`${report.passed ? 'PASSED' : 'FAILED'} in ${Math.round((performance.now() - started) / 1000)} s`);
process.exitCode = report.passed ? 0 : 1;
