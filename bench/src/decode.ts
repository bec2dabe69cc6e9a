import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../../conformance/src/command_line.ts';
import { decompress } from '../../server/src/base/decompress.ts';
import { DEFAULT_LIMITS, SeriesInterner } from '../../server/src/ingest/index.ts';
import type { DecodeContext } from '../../server/src/model/ingest.ts';
import { labelValue } from '../../server/src/model/labels.ts';
import { decodeRemoteWrite1 } from '../../server/src/receive/remote_write/index.ts';
import { readDataset } from './data/dataset.ts';
import { generateSet } from './sets.ts';

const { rounds } = commandLine(
  'npm run bench:decode',
  `Samples a second of one core from compressed remote-write bytes to columns, without a server, a log or a store.
The first rounds are warm-up.`,
  { rounds: { default: 5, about: 'rounds, each printed' } },
);
const SCALE = 0.05;
const LARGEST_BYTES = 64 << 20;

const folder = mkdtempSync(join(tmpdir(), 'trilith-bench-decode-'));
try {
  const toMs = Math.floor(Date.now() / 15_000) * 15_000;
  const { path } = generateSet('M1', { folder, scale: SCALE, seed: 1, toMs });
  const requests = [...readDataset(path)].map(({ body }) => new Uint8Array(body));
  const series = new SeriesInterner({ prefixOf: (labels) => labelValue(labels, '__name__'), limit: 1_000_000 });
  const context: DecodeContext = { nowMs: toMs, limits: DEFAULT_LIMITS.decode, series, streams: series };
  for (let round = 1; round <= rounds; round++) {
    const before = process.cpuUsage();
    let samples = 0;
    for (const body of requests) {
      series.beginRequest(toMs);
      const raw = decompress('snappy', body, { maxBytes: LARGEST_BYTES, maxRatio: 200 });
      samples += decodeRemoteWrite1(raw, context, undefined).accepted.samples;
    }
    const { user, system } = process.cpuUsage(before);
    const millions = samples / (user + system);
    console.log(
      `round ${round}: ${samples.toLocaleString('en')} samples, ${millions.toFixed(2)} million a second and core`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
