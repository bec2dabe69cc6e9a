import type { StoredSpan } from '../../store/index.ts';

/** What a span has for a field as TraceQL writes it (`span.http.route`, `resource.host.name`, `.x`, `kind`), as text; empty for nothing. */
export function fieldText(span: StoredSpan, field: string): string {
  switch (field) {
    case 'name':
      return span.name;
    case 'kind':
      return span.kind.toLowerCase();
    case 'status':
      return span.status.toLowerCase();
    case 'statusMessage':
      return span.statusMessage;
    case 'span:id':
      return span.spanId;
    case 'instrumentation:name':
      return span.scopeName;
    case 'instrumentation:version':
      return span.scopeVersion;
  }
  const at = field.indexOf('.');
  const scope = at < 0 ? '' : field.slice(0, at);
  const scoped = scope === 'span' || scope === 'resource';
  const name = unquoted(scoped || scope === '' ? field.slice(at + 1) : field);
  const own = scope === 'resource' ? undefined : attributeValue(span.attributes.pairs, name);
  if (own !== undefined || scope === 'span') return own ?? '';
  return attributeValue(span.resource.pairs, name) ?? (name === 'service.name' ? span.service : '');
}

function unquoted(name: string): string {
  return /^".*"$/.test(name) ? name.slice(1, -1).replace(/\\(.)/g, '$1') : name;
}

function attributeValue(pairs: readonly string[], name: string): string | undefined {
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return pairs[i + 1];
  return undefined;
}
