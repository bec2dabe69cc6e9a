import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';

/** The program's own spans: a small tracer with W3C context (www.w3.org/TR/trace-context) and a bounded buffer. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}

export interface SpanEvent {
  readonly name: string;
  readonly timeNs: bigint;
  readonly attributes: SpanAttributes;
}

export interface FinishedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty at the root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** Nanoseconds since the epoch. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: SpanAttributes;
  readonly events: readonly SpanEvent[];
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage: string;
}

/** The span a function runs in. */
export interface ActiveSpan extends SpanContext {
  setAttribute(name: string, value: string | number | boolean): void;
  setName(name: string): void;
  event(name: string, attributes?: SpanAttributes): void;
  /** Marks the span as failed; what is thrown out of it does this by itself. */
  fail(message: string): void;
}

export interface SpanOptions {
  readonly kind?: SpanKind;
  /** The caller's context (from `parseTraceparent`); by default the active span. */
  readonly parent?: SpanContext | undefined;
  /** The span began this many milliseconds ago: for what turns out worth a span when it is over. Default 0. */
  readonly sinceMs?: number;
}

export interface Tracer {
  /** Runs `fn` in a span that ends when it returns or its promise settles; errors mark the span and go on. */
  withSpan<Result>(
    name: string,
    attributes: SpanAttributes,
    fn: (span: ActiveSpan) => Result,
    options?: SpanOptions,
  ): Result;
  /** Runs `fn` without any spans: for storing our own telemetry, which must not make more of it. */
  suppress<Result>(fn: () => Result): Result;
  active(): SpanContext | undefined;
  /** Finished spans since the last call, oldest first. */
  drainSpans(): FinishedSpan[];
  /** Finished spans thrown away because the buffer was full. */
  dropped(): number;
}

export interface TracerOptions {
  /** Finished spans kept until drained; more are dropped and counted. Default 4096. */
  readonly capacity?: number;
  /** Share of root spans recorded, 0…1. Default 1. */
  readonly ratio?: number;
}

const MAX_EVENTS = 32;
const INVALID_TRACE = '0'.repeat(32);
const INVALID_SPAN = '0'.repeat(16);
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Parses a traceparent header; undefined when it is not one (trace-context 3.2: start a trace of our own then). */
export function parseTraceparent(header: string | undefined): SpanContext | undefined {
  if (header === undefined || header.length > 512) return undefined;
  const match = TRACEPARENT.exec(header.trim());
  if (match === null) return undefined;
  const [, version = '', traceId = '', spanId = '', flags = '', rest] = match;
  if (version === 'ff' || traceId === INVALID_TRACE || spanId === INVALID_SPAN) return undefined;
  if (version === '00' && rest !== undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent(context: SpanContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`;
}

const POOL_BYTES = 4096;

/** Random hex ids out of a pool refilled by the operating system's generator. */
function idSource(): (bytes: number) => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  return (bytes) => {
    if (used + bytes > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += bytes;
    return pool.toString('hex', used - bytes, used);
  };
}

const nowNs = (): bigint => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;

interface OpenSpan {
  name: string;
  readonly attributes: Record<string, string | number | boolean>;
  readonly events: SpanEvent[];
  status: 'unset' | 'error';
  statusMessage: string;
}

function recordError(open: OpenSpan, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  open.status = 'error';
  open.statusMessage = message.slice(0, 1024);
  if (open.events.length >= MAX_EVENTS) return;
  open.events.push({
    name: 'exception',
    timeNs: nowNs(),
    attributes: {
      'exception.type': error instanceof Error ? error.name : typeof error,
      'exception.message': message.slice(0, 4096),
      'exception.stacktrace': error instanceof Error ? (error.stack ?? '').slice(0, 8192) : '',
    },
  });
}

function activeSpan(context: SpanContext, open: OpenSpan): ActiveSpan {
  return {
    ...context,
    setAttribute(name, value) {
      open.attributes[name] = value;
    },
    setName(name) {
      open.name = name;
    },
    event(name, attributes = {}) {
      if (open.events.length < MAX_EVENTS) open.events.push({ name, timeNs: nowNs(), attributes });
    },
    fail(message) {
      open.status = 'error';
      open.statusMessage = message;
    },
  };
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

/** A tracer with a buffer of its own. */
export function createTracer(options: TracerOptions = {}): Tracer {
  const capacity = options.capacity ?? 4096;
  const ratio = options.ratio ?? 1;
  const storage = new AsyncLocalStorage<SpanContext | 'suppressed'>();
  const nextId = idSource();
  let finished: FinishedSpan[] = [];
  let dropped = 0;

  const finish = (span: FinishedSpan): void => {
    if (finished.length < capacity) finished.push(span);
    else dropped++;
  };

  const run = <Result>(
    context: SpanContext,
    parentSpanId: string,
    { kind = 'internal', sinceMs = 0 }: SpanOptions,
    open: OpenSpan,
    fn: (span: ActiveSpan) => Result,
  ): Result => {
    const startNs = nowNs() - BigInt(Math.round(sinceMs * 1e6));
    const end = (): void => {
      if (!context.sampled) return;
      const { traceId, spanId } = context;
      finish({ traceId, spanId, parentSpanId, kind, startNs, endNs: nowNs(), ...open });
    };
    return storage.run(context, () => {
      let result: Result;
      try {
        result = fn(activeSpan(context, open));
      } catch (error) {
        recordError(open, error);
        end();
        throw error;
      }
      if (!isPromise(result)) {
        end();
        return result;
      }
      result.then(end, (error: unknown) => {
        recordError(open, error);
        end();
      });
      return result;
    });
  };

  return {
    withSpan(name, attributes, fn, spanOptions = {}) {
      const current = storage.getStore();
      const open: OpenSpan = { name, attributes: { ...attributes }, events: [], status: 'unset', statusMessage: '' };
      if (current === 'suppressed') {
        return fn(activeSpan({ traceId: INVALID_TRACE, spanId: INVALID_SPAN, sampled: false }, open));
      }
      const parent = spanOptions.parent ?? current;
      const context: SpanContext = {
        traceId: parent?.traceId ?? nextId(16),
        spanId: nextId(8),
        sampled: parent?.sampled ?? (ratio >= 1 || Math.random() < ratio),
      };
      return run(context, parent?.spanId ?? '', spanOptions, open, fn);
    },
    suppress: (fn) => storage.run('suppressed', fn),
    active() {
      const current = storage.getStore();
      return current === 'suppressed' ? undefined : current;
    },
    drainSpans() {
      const spans = finished;
      finished = [];
      return spans;
    },
    dropped: () => dropped,
  };
}
