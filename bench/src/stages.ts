import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../../conformance/src/command_line.ts';
import { decompress } from '../../server/src/base/decompress.ts';
import { createStages, DEFAULT_LIMITS, SeriesInterner } from '../../server/src/ingest/index.ts';
import type { DecodeContext } from '../../server/src/model/ingest.ts';
import { serviceOf } from '../../server/src/model/service.ts';
import { decodeLokiProtobuf } from '../../server/src/receive/loki/index.ts';
import { readDataset } from './data/dataset.ts';
import { generateSet } from './sets.ts';

const { rounds } = commandLine(
  'npm run bench:stages',
  'Processor time a log line of set L1 takes from protobuf to columns: without stages, with masking, with patterns, with both.',
  { rounds: { default: 5, about: 'rounds, the best of which is printed' } },
);
const WARM_UP = 3;
const SCALE = 0.02;
const LARGEST_BYTES = 64 << 20;
const ALL = { card: true, cvv: true, password: true, token: true, private_key: true, email: true };
const VARIANTS = [
  ['none', false, false],
  ['masking', true, false],
  ['patterns', false, true],
  ['both', true, true],
] as const;

const NO_SAMPLING = { head: 1, trial: false, wait_seconds: 10, held_mib: 128, rules: [] };

const folder = mkdtempSync(join(tmpdir(), 'trilith-bench-stages-'));
try {
  const toMs = Math.floor(Date.now() / 15_000) * 15_000;
  const { path } = generateSet('L1', { folder, scale: SCALE, seed: 1, toMs });
  const requests = [...readDataset(path)].map(({ body }) =>
    decompress('snappy', new Uint8Array(body), { maxBytes: LARGEST_BYTES, maxRatio: 200 }),
  );
  for (const [name, enabled, patterns] of VARIANTS) {
    const registry = new SeriesInterner({ prefixOf: serviceOf, limit: 100_000 });
    const stages = createStages({
      masking: { enabled, rules: ALL, patterns: [] },
      noise: [],
      patterns,
      sampling: NO_SAMPLING,
    });
    const tenant = stages.ofTenant(registry, registry);
    const { series, streams, rows } = tenant;
    const context: DecodeContext = { nowMs: toMs, limits: DEFAULT_LIMITS.decode, series, streams, stages: rows };
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < WARM_UP + rounds; round++) {
      const before = process.cpuUsage();
      let lines = 0;
      for (const body of requests) {
        registry.beginRequest(toMs);
        stages.beginRequest(toMs);
        lines += decodeLokiProtobuf(body, context, undefined).accepted.logs;
      }
      const { user, system } = process.cpuUsage(before);
      if (round >= WARM_UP) best = Math.min(best, ((user + system) * 1000) / lines);
    }
    console.log(`${name.padEnd(8)} ${best.toFixed(0)} ns a line`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
