import { resolve } from 'node:path';
import { diskFiles } from '../base/files.ts';
import { registerProcessMetrics } from '../base/telemetry/process_metrics.ts';
import type { Telemetry } from '../base/telemetry/telemetry.ts';
import { createNodeExporter } from '../exporters/node/index.ts';
import { type AgentConfig, nodeAttributes, nodeName } from './config.ts';
import { containerOrigins } from './container_origins.ts';
import { LogSpool } from './log_spool.ts';
import { createOutlets, type Outlets } from './outlet.ts';
import { openOwnAddress } from './own_address.ts';
import { podsOf } from './pods.ts';
import { Positions } from './positions.ts';
import { sampleSpool } from './sample_spool.ts';
import { agentScraping } from './scraping.ts';
import { logSources } from './sources.ts';
import { tailTelemetry } from './tail_telemetry.ts';
import { Tailer } from './tailer.ts';

/** A request of logs: at most this much before compression, and no record waits longer for company, ms. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_MS = 500;
/** The server's own limit of a line, bytes. */
const MAX_LINE_BYTES = 256 * 1024;
/** A stack trace is whole when nothing came after it for this long, ms. */
const JOIN_MS = 1_000;

export interface RunningAgent {
  /** Resolves with an exit code when the agent cannot go on. */
  readonly fatal: Promise<number>;
  stop(): Promise<void>;
}

/** A part of the agent that was started. */
interface Part {
  stop(): Promise<void>;
}

/**
 * Collects and ships until stopped. The data directory must belong to this process alone. Throws file errors and
 * AgentConfigError.
 */
export async function startAgent(config: AgentConfig, telemetry: Telemetry, version: string): Promise<RunningAgent> {
  const { log, metrics } = telemetry;
  const fatal = Promise.withResolvers<number>();
  const directory = resolve(config.data);
  await diskFiles.makeDirectory(directory);
  const stopProcessMetrics = registerProcessMetrics(metrics, version);
  const outlets = await createOutlets(config, telemetry, version, () => fatal.resolve(1));
  const logs = await startLogs(config, telemetry, outlets, directory);
  const samples = await startMetrics(config, telemetry, outlets, directory);
  log.info('agent started', { server: config.server.url, data: directory, version });
  return {
    fatal: fatal.promise,
    async stop() {
      await Promise.all([logs.stop(), samples.stop()]);
      outlets.close();
      stopProcessMetrics();
      log.info('agent stopped');
    },
  };
}

async function startLogs(
  config: AgentConfig,
  { log, metrics }: Telemetry,
  outlets: Outlets,
  directory: string,
): Promise<Part> {
  const positions = await Positions.open(diskFiles, directory);
  const outlet = await outlets.open({
    signal: 'logs',
    path: '/v1/logs',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'zstd' },
    directory: `${directory}/logs`,
    maxMib: config.buffer.logs_mib,
    onFound: (seq, header) => positions.replay(seq, header),
    beforeRemoval: () => positions.save(),
  });
  const { queue } = outlet;
  const pods = podsOf(config, log);
  const attributes = nodeAttributes(config);
  const now = Date.now;
  const tailer = new Tailer({
    sources: logSources(config, containerOrigins({ pods, attributes, now }), attributes),
    positions,
    spool: new LogSpool({ queue, positions, batchBytes: BATCH_BYTES, batchMs: BATCH_MS, now }),
    full: () => queue.full,
    maxLineBytes: MAX_LINE_BYTES,
    joinMs: JOIN_MS,
    log,
    telemetry: tailTelemetry(metrics),
    now,
  });
  metrics.observed('gauge', 'trilith_agent_files', 'Log files that are followed.', () => tailer.files);
  metrics.observed('gauge', 'trilith_agent_behind_bytes', 'Bytes of log files not read yet.', () => tailer.behindBytes);
  tailer.start();
  return {
    async stop() {
      await tailer.stop();
      await Promise.all([outlet.stop(), pods?.stop()]);
      await positions.save();
      await queue.close();
    },
  };
}

/** Scraping, the host's figures and our own; and the address at which the last two are had. */
async function startMetrics(
  config: AgentConfig,
  telemetry: Telemetry,
  outlets: Outlets,
  directory: string,
): Promise<Part> {
  const scraping = agentScraping(config, nodeName(config), telemetry);
  const node = createNodeExporter({ proc: config.proc });
  const address = await openOwnAddress(config.listen, telemetry, { '/metrics/node': () => node.collect() });
  const outlet = await outlets.open({
    signal: 'metrics',
    path: '/api/v1/write',
    headers: {
      'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '2.0.0',
    },
    directory: `${directory}/metrics`,
    maxMib: config.buffer.metrics_mib,
    onFound: () => undefined,
    beforeRemoval: () => Promise.resolve(),
  });
  const { queue } = outlet;
  const { externalLabels } = scraping;
  await scraping.start(sampleSpool({ queue, externalLabels, metrics: telemetry.metrics, now: Date.now }), address.url);
  return {
    async stop() {
      await scraping.stop();
      await Promise.all([outlet.stop(), address.close()]);
      await queue.close();
    },
  };
}
