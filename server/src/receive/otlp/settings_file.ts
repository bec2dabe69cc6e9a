import { entries, flag, isNull, parseYaml, text, texts } from '../../base/yaml_reader.ts';
import {
  DEFAULT_OTLP_SETTINGS,
  type OtlpSettings,
  PROMETHEUS_OTLP_SETTINGS,
  TRANSLATION_STRATEGIES,
} from './settings.ts';

/**
 * The `otlp` block of a prometheus.yml whose shape was found right (the scrape room checks the whole file); without one,
 * our defaults. Throws ConfigFileError where a value is of another kind.
 */
export function readOtlpSettings(prometheusYaml: string): OtlpSettings {
  const block = new Map(entries(parseYaml(prometheusYaml))).get('otlp');
  if (block === undefined || isNull(block)) return DEFAULT_OTLP_SETTINGS;
  const keys = new Map(entries(block));
  const defaults = PROMETHEUS_OTLP_SETTINGS;
  const attributes = (key: string): string[] => texts(keys.get(key)).map((name) => name.trim());
  const strategy = keys.get('translation_strategy');
  const promoteAll = flag(keys.get('promote_all_resource_attributes'), defaults.promoteAll);
  return {
    ...defaults,
    translationStrategy:
      TRANSLATION_STRATEGIES.find((name) => strategy !== undefined && name === text(strategy)) ??
      defaults.translationStrategy,
    promoteAll,
    resourceAttributes: attributes(promoteAll ? 'ignore_resource_attributes' : 'promote_resource_attributes'),
    keepIdentifying: flag(keys.get('keep_identifying_resource_attributes'), defaults.keepIdentifying),
    convertHistogramsToNhcb: flag(keys.get('convert_histograms_to_nhcb'), defaults.convertHistogramsToNhcb),
    promoteScopeMetadata: flag(keys.get('promote_scope_metadata'), defaults.promoteScopeMetadata),
    labelUnderscoreSanitization: flag(
      keys.get('label_name_underscore_sanitization'),
      defaults.labelUnderscoreSanitization,
    ),
    labelPreserveMultipleUnderscores: flag(
      keys.get('label_name_preserve_multiple_underscores'),
      defaults.labelPreserveMultipleUnderscores,
    ),
  };
}
