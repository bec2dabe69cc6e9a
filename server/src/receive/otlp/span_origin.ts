import type { AttributeSet, SpanColumns } from '../../store/index.ts';
import type { Scope, TextRange } from './envelope.ts';

/** What the spans of one ResourceSpans have in common. */
export interface SpanResource {
  readonly attributes: AttributeSet;
  readonly service: Uint8Array;
  readonly schemaUrl: TextRange;
}

/** Where the span before came from: the spans of a scope follow each other. */
export class SpanOrigins {
  #columns: SpanColumns | undefined;
  #resource: SpanResource | undefined;
  #scope: Scope | undefined;

  /** Appends to the columns that tell where a span comes from. @param bytes of the request, which texts are ranges of */
  append(columns: SpanColumns, bytes: Uint8Array, resource: SpanResource, scope: Scope): void {
    if (columns === this.#columns && resource === this.#resource && scope === this.#scope) repeat(columns);
    else appendTexts(columns, bytes, resource, scope);
    this.#columns = columns;
    this.#resource = resource;
    this.#scope = scope;
    columns.resourceAttributes.set(resource.attributes);
    columns.resourceAttributes.endRow();
    columns.scopeAttributes.set(scope.attributes);
    columns.scopeAttributes.endRow();
  }
}

function repeat(columns: SpanColumns): void {
  columns.serviceName.repeatLast();
  columns.resourceTypes.repeatLast();
  columns.resourceSchemaUrl.repeatLast();
  columns.scopeName.repeatLast();
  columns.scopeVersion.repeatLast();
  columns.scopeTypes.repeatLast();
  columns.scopeSchemaUrl.repeatLast();
}

function appendTexts(columns: SpanColumns, bytes: Uint8Array, resource: SpanResource, scope: Scope): void {
  columns.serviceName.append(resource.service, 0, resource.service.length);
  columns.resourceTypes.appendAll(resource.attributes.types);
  columns.resourceSchemaUrl.append(bytes, resource.schemaUrl.start, resource.schemaUrl.end);
  columns.scopeName.append(bytes, scope.nameStart, scope.nameEnd);
  columns.scopeVersion.append(bytes, scope.versionStart, scope.versionEnd);
  columns.scopeTypes.appendAll(scope.attributes.types);
  columns.scopeSchemaUrl.append(bytes, scope.schemaUrl.start, scope.schemaUrl.end);
}
