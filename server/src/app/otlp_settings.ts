import { DEFAULT_OTLP_SETTINGS, type OtlpSettings, readOtlpSettings } from '../receive/otlp/index.ts';

/** The OTLP settings of the prometheus.yml in force, read once per text; the defaults while there is none. */
export function otlpSettingsOf(configText: () => string | undefined): () => OtlpSettings {
  let text = '';
  let settings = DEFAULT_OTLP_SETTINGS;
  return () => {
    const current = configText() ?? '';
    if (current !== text) {
      settings = current === '' ? DEFAULT_OTLP_SETTINGS : readOtlpSettings(current);
      text = current;
    }
    return settings;
  };
}
