import type { LabelRefusal } from '../../model/label_limits.ts';
import { labelName } from './metric_names.ts';
import type { OtlpSettings } from './settings.ts';

export type Pair = readonly [name: string, value: string];

const IDENTIFYING: ReadonlySet<string> = new Set(['service.name', 'service.namespace', 'service.instance.id']);

/** What the attributes of a resource give every series of it (storage/remote/otlptranslator, setResourceContext). */
export interface ResourceIdentity {
  readonly job: string;
  readonly instance: string;
  /** Promoted attributes as labels; a point's own attribute of the same name wins. */
  readonly promoted: readonly Pair[];
  /** Attributes of `target_info`, not yet labels; null when it would say nothing. */
  readonly targetInfo: readonly Pair[] | null;
}

/** Reads a resource's attributes, given as text in the order of the request. */
export function resourceIdentity(pairs: readonly Pair[], settings: OtlpSettings): ResourceIdentity {
  const find = (key: string): string | undefined => pairs.find(([name]) => name === key)?.[1];
  const service = find('service.name');
  const namespace = find('service.namespace');
  const job = service === undefined ? '' : namespace === undefined ? service : `${namespace}/${service}`;
  const instance = find('service.instance.id') ?? '';
  const listed = new Set(settings.resourceAttributes);
  const promoted = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (listed.has(key) === settings.promoteAll) continue;
    const name = labelName(key, settings);
    if (name !== '') promoted.set(name, value);
  }
  const others = pairs.filter(([name]) => !IDENTIFYING.has(name));
  const tells = others.length > 0 && (job !== '' || instance !== '');
  const targetInfo = tells ? (settings.keepIdentifying ? pairs : others) : null;
  return { job, instance, promoted: [...promoted], targetInfo };
}

/** The instrumentation scope of metrics, as text. */
export interface ScopeIdentity {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: readonly Pair[];
}

/** A scope as labels, which win over attributes of points; none for a scope without a name. */
export function scopeLabels(scope: ScopeIdentity, settings: OtlpSettings): readonly Pair[] {
  if (scope.name === '') return [];
  const attributes = scope.attributes.map(([key, value]): Pair => [labelName(`otel_scope_${key}`, settings), value]);
  return [
    ...attributes.filter(([name]) => name !== ''),
    ['otel_scope_name', scope.name],
    ['otel_scope_version', scope.version],
    ['otel_scope_schema_url', scope.schemaUrl],
  ];
}

/**
 * Attributes as labels. Where escaped names become the same, values are joined in the order of the keys, as Prometheus
 * does; `__name__` is not an attribute's to give.
 * @returns the labels, or why a key cannot be one
 */
export function attributeLabels(pairs: readonly Pair[], settings: OtlpSettings): Pair[] | LabelRefusal {
  const labels = new Map<string, string>();
  for (const [key, value] of [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (key === '__name__') continue;
    const name = labelName(key, settings);
    if (name === '') {
      return { reason: 'invalid_labels', message: `attribute ${JSON.stringify(key)} gives no label name` };
    }
    const before = labels.get(name) ?? '';
    labels.set(name, before === '' ? value : `${before};${value}`);
  }
  return [...labels];
}
