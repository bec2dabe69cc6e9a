import type { StoredAttributes, StoredSpan } from '../../store/index.ts';

/** Spans grouped as OTLP groups them: by resource, then by instrumentation scope. */
export interface ResourceGroup {
  readonly resource: StoredAttributes;
  readonly droppedAttributes: number;
  readonly schemaUrl: string;
  readonly scopes: readonly ScopeGroup[];
}

export interface ScopeGroup {
  readonly name: string;
  readonly version: string;
  readonly attributes: StoredAttributes;
  readonly droppedAttributes: number;
  readonly schemaUrl: string;
  readonly spans: readonly StoredSpan[];
}

interface OpenGroup extends ResourceGroup {
  readonly scopes: OpenScope[];
  readonly byScope: Map<string, OpenScope>;
}

interface OpenScope extends ScopeGroup {
  readonly spans: StoredSpan[];
}

export function groupByResource(spans: readonly StoredSpan[]): readonly ResourceGroup[] {
  const groups = new Map<string, OpenGroup>();
  for (const span of spans) {
    const { resource, resourceSchemaUrl: schemaUrl, numbers } = span;
    const droppedAttributes = numbers.get('resource.dropped_attributes_count') ?? 0;
    const key = keyOf(resource, schemaUrl, droppedAttributes);
    let group = groups.get(key);
    if (group === undefined) {
      group = { resource, droppedAttributes, schemaUrl, scopes: [], byScope: new Map() };
      groups.set(key, group);
    }
    scopeOf(group, span).spans.push(span);
  }
  return [...groups.values()];
}

function scopeOf({ scopes, byScope }: OpenGroup, span: StoredSpan): OpenScope {
  const { scopeName: name, scopeVersion: version, scopeAttributes: attributes, scopeSchemaUrl: schemaUrl } = span;
  const droppedAttributes = span.numbers.get('scope.dropped_attributes_count') ?? 0;
  const key = keyOf(attributes, name, version, schemaUrl, droppedAttributes);
  let scope = byScope.get(key);
  if (scope === undefined) {
    scope = { name, version, attributes, droppedAttributes, schemaUrl, spans: [] };
    byScope.set(key, scope);
    scopes.push(scope);
  }
  return scope;
}

function keyOf({ pairs, types }: StoredAttributes, ...others: readonly (string | number)[]): string {
  return [...others, types, ...pairs].join('\u0000');
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

/** The attributes of an event or link; earlier versions stored them without types. */
export function typedAttributes({ attributes, types }: StoredSpan['events' | 'links'][number]): StoredAttributes {
  return { pairs: attributes, types };
}
