import { commandLine } from '../command_line.ts';
import { runFullLog } from './full_log.ts';

const READY_MS = 5_000;
const { mib } = commandLine(
  'npm run crash:full-log',
  `Fills the write-ahead log to its limit while the engine stands still, kills the server and starts it over the full log.
Exit status 1 when it is not ready within 5 s or a line is lost.`,
  { mib: { default: 8192, about: "limit of the log, the program's own by default" } },
);
const report = await runFullLog({ logMib: mib, print: (line) => console.log(line) });
const passed = report.readyMs < READY_MS && report.storedLines === report.acknowledgedLines;
console.log(
  `${passed ? 'PASSED' : 'FAILED'}: ready after ${Math.round(report.readyMs)} ms with a log of ${mib} MiB; ` +
    `${report.storedLines} of ${report.acknowledgedLines} acknowledged lines stored after ${(report.loadedMs / 1000).toFixed(1)} s, ` +
    `peak ${Math.round(report.peakMib)} MiB over server and engine`,
);
process.exitCode = passed ? 0 : 1;
