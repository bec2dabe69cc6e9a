/**
 * Fills the write-ahead log to its limit while the engine stands still, kills the server and starts it over the full log.
 * `--mib N` sets the limit (default 8192, as the program's own). Exit status 1 when it is not ready within 5 s or a line is lost.
 */
import { parseArgs } from 'node:util';
import { runFullLog } from './full_log.ts';

const READY_MS = 5_000;
const { values } = parseArgs({ options: { mib: { type: 'string', default: '8192' } } });
const report = await runFullLog({ logMib: Number(values.mib), print: (line) => console.log(line) });
const passed = report.readyMs < READY_MS && report.storedLines === report.acknowledgedLines;
console.log(
  `${passed ? 'PASSED' : 'FAILED'}: ready after ${Math.round(report.readyMs)} ms with a log of ${values.mib} MiB; ` +
    `${report.storedLines} of ${report.acknowledgedLines} acknowledged lines stored after ${(report.loadedMs / 1000).toFixed(1)} s, ` +
    `peak ${Math.round(report.peakMib)} MiB over server and engine`,
);
process.exitCode = passed ? 0 : 1;
