/** How OTLP names become Prometheus names (`otlp.translation_strategy` of prometheus.yml). */
export const TRANSLATION_STRATEGIES = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
] as const;
export type TranslationStrategy = (typeof TRANSLATION_STRATEGIES)[number];

/** The `otlp` block of prometheus.yml (Prometheus 3.14, config.OTLPConfig); structured-cloneable, it travels with requests. */
export interface OtlpSettings {
  readonly translationStrategy: TranslationStrategy;
  /** Resource attributes that become labels of every series; with `promoteAll` those that do not. */
  readonly resourceAttributes: readonly string[];
  readonly promoteAll: boolean;
  /** Whether `target_info` also has service.name, service.namespace and service.instance.id. */
  readonly keepIdentifying: boolean;
  readonly convertHistogramsToNhcb: boolean;
  readonly promoteScopeMetadata: boolean;
  /** Whether label names that begin with one underscore get `key` in front. */
  readonly labelUnderscoreSanitization: boolean;
  readonly labelPreserveMultipleUnderscores: boolean;
  /** Upstream's feature `type-and-unit-labels`. */
  readonly typeAndUnitLabels: boolean;
}

/** Prometheus' defaults: what an `otlp` block leaves out. */
export const PROMETHEUS_OTLP_SETTINGS: OtlpSettings = {
  translationStrategy: 'UnderscoreEscapingWithSuffixes',
  resourceAttributes: [],
  promoteAll: false,
  keepIdentifying: false,
  convertHistogramsToNhcb: false,
  promoteScopeMetadata: false,
  labelUnderscoreSanitization: true,
  labelPreserveMultipleUnderscores: true,
  typeAndUnitLabels: false,
};

/** Without an `otlp` block: Prometheus' defaults, and `service_name` on every series, by which logs and traces are found. */
export const DEFAULT_OTLP_SETTINGS: OtlpSettings = {
  ...PROMETHEUS_OTLP_SETTINGS,
  resourceAttributes: ['service.name'],
};

export function addsSuffixes({ translationStrategy }: OtlpSettings): boolean {
  return (
    translationStrategy === 'UnderscoreEscapingWithSuffixes' || translationStrategy === 'NoUTF8EscapingWithSuffixes'
  );
}

export function escapesNames({ translationStrategy }: OtlpSettings): boolean {
  return (
    translationStrategy === 'UnderscoreEscapingWithSuffixes' ||
    translationStrategy === 'UnderscoreEscapingWithoutSuffixes'
  );
}
