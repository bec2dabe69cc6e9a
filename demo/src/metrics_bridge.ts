import { metricsUrl } from './demo.ts';
import { JOBS, portOf, SERVICES, type ServiceName } from './topology.ts';

/** Stands in for scraping when the Trilith that runs does not know the demo's targets. */
export interface MetricsBridge {
  stop(): Promise<void>;
}

interface Point {
  readonly name: string;
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
}

const INTERVAL_MS = 5_000;
const TIMEOUT_MS = 4_000;
const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*?)\})? (\S+)(?: # .*)?$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** The samples of a prom-client page (no timestamps, no braces in label values). */
export function readPage(text: string): Point[] {
  return text.split('\n').flatMap((line) => {
    const match = LINE.exec(line);
    if (match === null || line.startsWith('#')) return [];
    const labels = [...(match[2] ?? '').matchAll(LABEL)].map(([, name = '', value = '']) => [name, value] as const);
    return [{ name: match[1] ?? '', labels, value: Number(match[3]?.replace('+Inf', 'Infinity')) }];
  });
}

const attribute = ([key, value]: readonly [string, string]): object => ({ key, value: { stringValue: value } });

/** As gauges, because then OTLP's rules for Prometheus names leave `…_total` and `…_bucket` as they are. */
function request(service: ServiceName, basePort: number, points: readonly Point[]): object {
  const timeUnixNano = `${Date.now()}000000`;
  const metrics = points
    .filter(({ value }) => Number.isFinite(value))
    .map(({ name, labels, value }) => ({
      name,
      gauge: { dataPoints: [{ timeUnixNano, asDouble: value, attributes: labels.map(attribute) }] },
    }));
  const resource = { 'service.name': JOBS[service], 'service.instance.id': `127.0.0.1:${portOf(service, basePort)}` };
  return { resource: { attributes: Object.entries(resource).map(attribute) }, scopeMetrics: [{ metrics }] };
}

async function page(service: ServiceName, basePort: number): Promise<Point[]> {
  try {
    const response = await fetch(metricsUrl(service, basePort), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return readPage(await response.text());
  } catch {
    // The service is starting or gone; the next round asks again.
    return [];
  }
}

/** Reads every service's /metrics and sends it on, until stopped. */
export function startMetricsBridge(trilithUrl: string, basePort: number): MetricsBridge {
  const send = async (): Promise<void> => {
    const resourceMetrics: object[] = [];
    for (const service of SERVICES) {
      const points = await page(service, basePort);
      if (points.length > 0) resourceMetrics.push(request(service, basePort, points));
    }
    if (resourceMetrics.length === 0) return;
    try {
      const response = await fetch(`${trilithUrl}/v1/metrics`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ resourceMetrics }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.arrayBuffer();
    } catch {
      // Trilith is away; the values are cumulative, the next round carries them.
    }
  };
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(send);
  }, INTERVAL_MS);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
