import type { Logger } from '../base/telemetry/log.ts';
import { WorkerCalls } from '../base/worker_calls.ts';
import type { IngestLimits, SpanMetricsSettings, StageSettings } from '../ingest/index.ts';
import type { DecodeAnswer, DecodeNotice, DecodeRequest, DecodeWorkerData } from './decode_messages.ts';

/** Starts the decode worker. A worker that replaces a dead one gets the settings of that moment. */
export function startDecoder(
  limits: IngestLimits,
  spanMetrics: SpanMetricsSettings,
  stages: () => StageSettings,
  log: Logger,
  onLost: () => void,
): WorkerCalls<DecodeRequest, DecodeAnswer, DecodeNotice> {
  const workerData: DecodeWorkerData = {
    limits: limits.decode,
    activeSeries: limits.activeSeries,
    activeStreams: limits.activeStreams,
    spanMetrics,
    get stages() {
      return stages();
    },
  };
  return new WorkerCalls({
    script: new URL('./decode_worker.ts', import.meta.url),
    name: 'decode',
    workerData,
    maxOldGenerationMib: 768,
    onLost: (error) => {
      onLost();
      log.limited('ERROR', 'decode-worker-lost', 30, 'the decode worker died and is replaced', { error });
    },
  });
}
