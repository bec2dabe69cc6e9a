import type { StoredSpan } from '../../store/index.ts';
import { resourceSpansJson } from '../tempo/index.ts';

type Json = Record<string, unknown>;

/** ResourceSpans in OTLP's own JSON (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"): ids in hex, enums as numbers. */
export function otlpJson(spans: readonly StoredSpan[]): Json[] {
  return resourceSpansJson(spans).map((resource) => ({
    ...resource,
    scopeSpans: (resource.scopeSpans as readonly Json[]).map((scope) => ({
      ...scope,
      spans: (scope.spans as readonly Json[]).map(spanJson),
    })),
  }));
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUSES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

function spanJson(span: Json): Json {
  const { kind, status, links } = span;
  const { code, ...rest } = status as Json;
  return {
    ...span,
    ...hexIds(span),
    kind: Math.max(0, KINDS.indexOf(String(kind).replace('SPAN_KIND_', ''))),
    status: { ...rest, ...(code === undefined ? {} : { code: STATUSES.indexOf(String(code)) }) },
    ...(links === undefined ? {} : { links: (links as readonly Json[]).map((link) => ({ ...link, ...hexIds(link) })) }),
  };
}

function hexIds(from: Json): Json {
  const ids: Json = {};
  for (const name of ['traceId', 'spanId', 'parentSpanId'])
    if (typeof from[name] === 'string') ids[name] = Buffer.from(from[name], 'base64').toString('hex');
  return ids;
}
