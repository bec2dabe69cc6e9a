import { DEFAULT_OTLP_SETTINGS, type OtlpSettings, readOtlpSettings } from '../receive/otlp/index.ts';

/**
 * The OTLP settings of the prometheus.yml in force, read once per text; the defaults while there is none.
 * @param typeAndUnitLabels whether that feature is on
 */
export function otlpSettingsOf(configText: () => string | undefined, typeAndUnitLabels: boolean): () => OtlpSettings {
  let text = '';
  let settings: OtlpSettings = { ...DEFAULT_OTLP_SETTINGS, typeAndUnitLabels };
  return () => {
    const current = configText() ?? '';
    if (current !== text) {
      settings = { ...(current === '' ? DEFAULT_OTLP_SETTINGS : readOtlpSettings(current)), typeAndUnitLabels };
      text = current;
    }
    return settings;
  };
}
