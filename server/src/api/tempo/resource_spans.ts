import type { StoredSpan } from '../../store/index.ts';

/** Spans grouped as OTLP groups them: by resource, then by instrumentation scope. */
export interface ResourceGroup {
  readonly resource: StoredSpan['resource'];
  readonly scopes: readonly {
    readonly name: string;
    readonly version: string;
    readonly spans: readonly StoredSpan[];
  }[];
}

interface OpenScope {
  name: string;
  version: string;
  spans: StoredSpan[];
}

/** A service that never named itself in its resource is named there, so that viewers can show it. */
function resourceOf(span: StoredSpan): StoredSpan['resource'] {
  const { pairs, types } = span.resource;
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === 'service.name') return span.resource;
  return span.service === '' ? span.resource : { pairs: ['service.name', span.service, ...pairs], types: `s${types}` };
}

export function groupByResource(spans: readonly StoredSpan[]): ResourceGroup[] {
  const groups = new Map<string, { resource: StoredSpan['resource']; scopes: Map<string, OpenScope> }>();
  for (const span of spans) {
    const resource = resourceOf(span);
    const key = `${resource.types}\u0001${resource.pairs.join('\u0000')}`;
    const group = groups.get(key) ?? { resource, scopes: new Map<string, OpenScope>() };
    groups.set(key, group);
    const scopeKey = `${span.scopeName}\u0000${span.scopeVersion}`;
    const scope = group.scopes.get(scopeKey) ?? { name: span.scopeName, version: span.scopeVersion, spans: [] };
    group.scopes.set(scopeKey, scope);
    scope.spans.push(span);
  }
  return [...groups.values()].map(({ resource, scopes }) => ({ resource, scopes: [...scopes.values()] }));
}

const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];

/** SpanKind's number in opentelemetry.proto.trace.v1. */
export function kindNumber(kind: string): number {
  return Math.max(0, KINDS.indexOf(kind));
}

/** Status.StatusCode's number. */
export function statusNumber(status: string): number {
  return status === 'Ok' ? 1 : status === 'Error' ? 2 : 0;
}

/** Attributes of events and links have no types of their own. */
export function untyped(pairs: readonly string[]): StoredSpan['attributes'] {
  return { pairs, types: '' };
}
