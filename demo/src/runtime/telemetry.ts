import { createHash } from 'node:crypto';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import type { ServiceName } from '../topology.ts';

const RELEASES: Readonly<Record<ServiceName, string>> = {
  'payments-api': '2.14.1',
  'antifraud-service': '1.8.0',
  'fraud-consumer': '1.8.0',
  ledger: '4.2.7',
  notifications: '0.9.3',
  'load-generator': '1.0.0',
};

/** Who a service is: its release, and the pod it would be in a cluster. */
export interface Identity {
  readonly service: ServiceName;
  readonly version: string;
  readonly pod: string;
}

export function identityOf(service: ServiceName): Identity {
  const hash = createHash('sha256').update(service).digest('hex');
  return { service, version: RELEASES[service], pod: `${service}-${hash.slice(0, 9)}-${hash.slice(-5)}` };
}

/** The OpenTelemetry SDK as a service would set it up: three signals by OTLP/HTTP protobuf. Returns its shutdown. */
export function startTelemetry({ service, version, pod }: Identity, trilithUrl: string): () => Promise<void> {
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource: resourceFromAttributes({
      'service.name': service,
      'service.namespace': 'payments',
      'service.version': version,
      'service.instance.id': pod,
      'deployment.environment.name': 'production',
      'k8s.cluster.name': 'demo',
      'k8s.namespace.name': 'prod',
      'k8s.deployment.name': service,
      'k8s.pod.name': pod,
      'k8s.container.name': service,
      'telemetry.sdk.language': 'nodejs',
    }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${trilithUrl}/v1/traces` }),
        scheduledDelayMillis: 1_000,
      }),
    ],
    logRecordProcessors: [
      new BatchLogRecordProcessor({
        exporter: new OTLPLogExporter({ url: `${trilithUrl}/v1/logs` }),
        scheduledDelayMillis: 500,
      }),
    ],
    metricReaders: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${trilithUrl}/v1/metrics` }),
        exportIntervalMillis: 5_000,
        exportTimeoutMillis: 4_000,
      }),
    ],
    instrumentations: [
      new HttpInstrumentation({
        // Scrapes of /metrics and the shipping of log lines are not part of the story.
        ignoreIncomingRequestHook: (request) => request.url === '/metrics',
        ignoreOutgoingRequestHook: (request) => String(request.path).startsWith('/loki/'),
      }),
    ],
  });
  sdk.start();
  return () => sdk.shutdown();
}
