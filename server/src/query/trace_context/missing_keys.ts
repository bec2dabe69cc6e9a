import type { StoredSpan } from '../../store/index.ts';
import type { ServiceLogs } from './logs.ts';
import type { MeasuredSubject } from './metrics.ts';
import { attributeOf } from './span_attributes.ts';

/** What is missing so that one thing leads to another, and how to add it. */
export interface MissingKey {
  readonly key: 'logs' | 'trace_id' | 'span_id' | 'place' | 'metrics' | 'exemplars';
  /** Empty: the trace as a whole. */
  readonly service: string;
  readonly words: string;
  readonly snippet: string;
  readonly document: string;
}

/** What is known of a trace's surroundings; what could not be read is undefined and nothing is said about it. */
export interface Known {
  readonly spans: readonly StoredSpan[];
  readonly logs: ReadonlyMap<string, ServiceLogs> | undefined;
  readonly subjects: readonly MeasuredSubject[] | undefined;
  readonly exemplars: number | undefined;
}

const MOST = 20;
const DOCUMENT = 'docs/traces.md';

/** How lines come to carry the ids, by `telemetry.sdk.language`. */
const TRACE_ID_SNIPPETS: Readonly<Record<string, string>> = {
  python: 'OTEL_PYTHON_LOG_CORRELATION=true opentelemetry-instrument python app.py',
  nodejs: 'npm install @opentelemetry/instrumentation-pino   # or -winston, -bunyan: adds trace_id and span_id',
  java: '<pattern>%d %p [%X{trace_id} %X{span_id}] %m%n</pattern>   <!-- with -javaagent:opentelemetry-javaagent.jar -->',
  go: 'slog.SetDefault(slog.New(otelslog.NewHandler("my-service")))   // then slog.InfoContext(ctx, …)',
  dotnet: 'builder.Logging.AddOpenTelemetry(o => o.AddOtlpExporter());',
  ruby: 'logger.info(message, trace_id: OpenTelemetry::Trace.current_span.context.hex_trace_id)',
  php: "$logger->info($message, ['trace_id' => Span::getCurrent()->getContext()->getTraceId()]);",
};
const ANY_LANGUAGE = '{"msg": "…", "trace_id": "<32 hex digits>", "span_id": "<16 hex digits>"}';
const LOGS_SNIPPET =
  'OTEL_LOGS_EXPORTER=otlp OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318   # or trilith agent, Fluent Bit';
const PLACE_SNIPPET =
  'OTEL_RESOURCE_ATTRIBUTES=k8s.pod.name=$(POD_NAME),k8s.namespace.name=$(POD_NAMESPACE),host.name=$(NODE_NAME)';
const EXEMPLAR_SNIPPET = 'OTEL_METRICS_EXEMPLAR_FILTER=trace_based';

/** Every gap by service, those of logs first; at most twenty. */
export function missingKeys(known: Known): MissingKey[] {
  return [...ofLogs(known), ...ofPlaces(known), ...ofMetrics(known), ...ofExemplars(known)].slice(0, MOST);
}

function ofLogs({ spans, logs }: Known): MissingKey[] {
  return [...(logs ?? [])].flatMap(([service, { named, withSpan, near }]): MissingKey[] => {
    if (service === '') return [];
    const snippet = TRACE_ID_SNIPPETS[languageOf(spans, service)] ?? ANY_LANGUAGE;
    if (named === 0 && near === 0)
      return [
        {
          key: 'logs',
          service,
          words: `${service} has no log line within five minutes of this trace: its logs do not come here, or under another service name.`,
          snippet: LOGS_SNIPPET,
          document: 'docs/sending.md',
        },
      ];
    if (named === 0)
      return [
        {
          key: 'trace_id',
          service,
          words: `No log line of ${service} carries this trace id; what is shown is of the same service at the same time.`,
          snippet,
          document: DOCUMENT,
        },
      ];
    if (withSpan > 0) return [];
    return [
      {
        key: 'span_id',
        service,
        words: `The log lines of ${service} carry the trace id but no span id; they are placed by time.`,
        snippet,
        document: DOCUMENT,
      },
    ];
  });
}

/** Services none of whose spans say where they ran. */
function ofPlaces({ spans }: Known): MissingKey[] {
  const placed = new Map<string, boolean>();
  for (const span of spans) {
    const here = attributeOf(span, 'k8s.pod.name', 'service.instance.id', 'host.name', 'k8s.node.name') !== '';
    placed.set(span.service, (placed.get(span.service) ?? false) || here);
  }
  return [...placed]
    .filter(([service, here]) => !here && service !== '')
    .map(([service]) => ({
      key: 'place',
      service,
      words: `Spans of ${service} name no pod, host or instance, so its metrics can only be found by the service's name.`,
      snippet: PLACE_SNIPPET,
      document: DOCUMENT,
    }));
}

function ofMetrics({ spans, subjects }: Known): MissingKey[] {
  if (subjects === undefined) return [];
  const measured = (kind: MeasuredSubject['kind']): boolean =>
    subjects.some((subject) => subject.kind === kind && subject.panels.length > 0);
  return subjects
    .filter(({ kind, panels }) => {
      if (panels.length > 0) return false;
      // A pod and its process are one place: metrics of either will do.
      if (kind === 'pod') return !measured('process');
      return kind !== 'process' || !measured('pod');
    })
    .map((subject) => ({
      key: 'metrics',
      service: subject.kind === 'service' ? subject.name : (serviceOfSubject(spans, subject) ?? ''),
      words: `No metric of that time belongs to the ${subject.kind} ${subject.name}.`,
      snippet: subject.tried.map((text) => `{${text}}`).join(' or '),
      document: 'docs/scraping.md',
    }));
}

function ofExemplars({ exemplars, subjects }: Known): MissingKey[] {
  if (exemplars !== 0 || subjects?.some(({ panels }) => panels.length > 0) !== true) return [];
  return [
    {
      key: 'exemplars',
      service: '',
      words: 'No sample names this trace, so graphs do not lead here: histograms can carry exemplars.',
      snippet: EXEMPLAR_SNIPPET,
      document: DOCUMENT,
    },
  ];
}

function serviceOfSubject(spans: readonly StoredSpan[], { attributes }: MeasuredSubject): string | undefined {
  return spans.find((span) => attributes.every(([name, value]) => attributeOf(span, name) === value))?.service;
}

function languageOf(spans: readonly StoredSpan[], service: string): string {
  const span = spans.find((one) => one.service === service && attributeOf(one, 'telemetry.sdk.language') !== '');
  return span === undefined ? '' : attributeOf(span, 'telemetry.sdk.language');
}
