import type { SpanField, SpanOutline, StoredSpan } from '../../store/index.ts';
import { spanField } from '../traceql/push_conditions.ts';
import type { NamedField } from '../traceql/selected_fields.ts';

/** What is read of each span beside its outline, so that a pipeline can be evaluated on it. */
export interface OutlineFields {
  readonly fields: readonly SpanField[];
  /** Fields whose spans may be otherwise than `fields` tell: those are said to be unsure. */
  readonly tested: readonly SpanField[];
}

const NO_ATTRIBUTES = { pairs: [], types: '' } as const;

/** An outline as a span without anything else. */
export function outlinedSpan(outline: SpanOutline): StoredSpan {
  return {
    ...outline,
    traceState: '',
    statusMessage: '',
    scopeName: '',
    scopeVersion: '',
    scopeAttributes: NO_ATTRIBUTES,
    scopeSchemaUrl: '',
    attributes: NO_ATTRIBUTES,
    resource: NO_ATTRIBUTES,
    resourceSchemaUrl: '',
    events: [],
    links: [],
    numbers: new Map(),
    weight: 1,
  };
}

/** Intrinsics that outlines of all spans of a trace tell. */
const OUTLINED: ReadonlySet<string> = new Set([
  'status',
  'kind',
  'childCount',
  'nestedSetLeft',
  'nestedSetRight',
  'nestedSetParent',
  'span:parentID',
]);

/** What has to be read for the fields a pipeline names; undefined where one is of events, links or scopes. */
export function outlineFieldsOf(named: readonly NamedField[]): OutlineFields | undefined {
  const fields: SpanField[] = [];
  const tested: SpanField[] = [];
  for (const { field } of named) {
    if (field.kind === 'intrinsic' && OUTLINED.has(field.name)) continue;
    const path = spanField(field);
    if (path === undefined || path.kind === 'duration') return undefined;
    if (path.kind === 'attribute' && path.scope === 'any') {
      tested.push(path);
      fields.push({ ...path, scope: 'span' }, { ...path, scope: 'resource' });
    } else fields.push(path);
  }
  return { fields, tested };
}

const COLUMNS = { StatusMessage: 'statusMessage', ScopeName: 'scopeName', ScopeVersion: 'scopeVersion' } as const;

/** A span with as much of it as was read for a pipeline's fields. */
export function spanWithFields(outline: SpanOutline, fields: readonly SpanField[]): StoredSpan {
  const read = {
    span: { pairs: [] as string[], types: '' },
    resource: { pairs: [] as string[], types: '' },
    columns: {} as { statusMessage?: string; scopeName?: string; scopeVersion?: string },
  };
  fields.forEach((field, i) => {
    const [type = '', text = ''] = outline.fields[i] ?? [];
    if (field.kind === 'column') {
      if (field.column in COLUMNS) read.columns[COLUMNS[field.column as keyof typeof COLUMNS]] = text;
      return;
    }
    if (field.kind !== 'attribute' || type === '') return;
    const attributes = field.scope === 'resource' ? read.resource : read.span;
    attributes.pairs.push(field.key, text);
    attributes.types += type;
  });
  return { ...outlinedSpan(outline), ...read.columns, attributes: read.span, resource: read.resource };
}
