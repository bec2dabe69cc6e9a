import { AsyncLocalStorage } from 'node:async_hooks';
import { logs, SeverityNumber, trace } from '@opentelemetry/api';
import { type Logger as PinoLogger, pino } from 'pino';
import { createLokiShipper } from './loki.ts';
import type { ServiceSettings } from './settings.ts';
import type { Identity } from './telemetry.ts';

/** Whose request it is; on every line written while it is served. */
export interface RequestContext {
  readonly requestId: string;
  readonly userId: string;
}

export type Log = PinoLogger<'critical'>;

export interface ServiceLog {
  readonly log: Log;
  /** Runs `fn` with these ids on its lines. */
  inRequest<Result>(context: RequestContext, fn: () => Result): Result;
  current(): RequestContext | undefined;
  close(): Promise<void>;
}

const SEVERITY: Readonly<Record<string, SeverityNumber>> = {
  DEBUG: SeverityNumber.DEBUG,
  INFO: SeverityNumber.INFO,
  WARN: SeverityNumber.WARN,
  ERROR: SeverityNumber.ERROR,
  CRITICAL: SeverityNumber.FATAL,
};

/** A line as pino wrote it; the fields every line has. */
interface Line {
  readonly level: string;
  readonly msg: string;
}

function parseLine(line: string): Line & Readonly<Record<string, string | number | boolean>> {
  return JSON.parse(line);
}

/** Hands a line to the OpenTelemetry logs SDK, for services that log by OTLP instead of by their output. */
function emitOtlp(line: string): void {
  const {
    level,
    msg,
    time: _time,
    trace_id: _trace,
    span_id: _span,
    service: _service,
    ...attributes
  } = parseLine(line);
  logs.getLogger('demo').emit({
    severityNumber: SEVERITY[level] ?? SeverityNumber.UNSPECIFIED,
    severityText: level,
    body: msg,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        typeof value === 'object' ? JSON.stringify(value) : value,
      ]),
    ),
  });
}

/**
 * JSON lines with the ids of trace, span, request and user. They are shipped over Loki push as a Fluent Bit beside the
 * containers would; notifications logs by OTLP instead, so that both ways are in use and no line is sent twice.
 */
export function createLog(settings: ServiceSettings, { service, version, pod }: Identity): ServiceLog {
  const storage = new AsyncLocalStorage<RequestContext>();
  const shipper = createLokiShipper({
    trilithUrl: settings.trilithUrl,
    labels: { service, namespace: 'prod', app: service, pod },
  });
  const write = (line: string): void => {
    if (settings.verbose) process.stdout.write(line);
    const text = line.trimEnd();
    if (service === 'notifications') emitOtlp(text);
    else shipper.send(text, parseLine(text).level);
  };
  const log = pino<'critical'>(
    {
      base: { service, version, pod },
      messageKey: 'msg',
      level: 'debug',
      customLevels: { critical: 60 },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
      serializers: { err: pino.stdSerializers.err },
      mixin() {
        const span = trace.getActiveSpan()?.spanContext();
        const request = storage.getStore();
        return {
          ...(span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId }),
          ...(request === undefined ? {} : { request_id: request.requestId, user_id: request.userId }),
        };
      },
    },
    { write },
  );
  return {
    log,
    inRequest: (context, fn) => storage.run(context, fn),
    current: () => storage.getStore(),
    close: () => shipper.close(),
  };
}
