import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import {
  DEFAULT_OTLP_SETTINGS,
  type OtlpSettings,
  PROMETHEUS_OTLP_SETTINGS,
  TRANSLATION_STRATEGIES,
  type TranslationStrategy,
} from './settings.ts';

/** An `otlp` block that cannot be used; the message begins with the line. */
export class OtlpSettingsError extends Error {
  override readonly name = 'OtlpSettingsError';
}

const FLAGS = {
  promote_all_resource_attributes: 'promoteAll',
  keep_identifying_resource_attributes: 'keepIdentifying',
  convert_histograms_to_nhcb: 'convertHistogramsToNhcb',
  promote_scope_metadata: 'promoteScopeMetadata',
  label_name_underscore_sanitization: 'labelUnderscoreSanitization',
  label_name_preserve_multiple_underscores: 'labelPreserveMultipleUnderscores',
} as const;
const LISTS = ['promote_resource_attributes', 'ignore_resource_attributes'] as const;

/**
 * The `otlp` block of a prometheus.yml (Prometheus 3.14, config.OTLPConfig); without one, our defaults.
 * @throws OtlpSettingsError in upstream's words, with the line
 */
export function readOtlpSettings(prometheusYaml: string): OtlpSettings {
  const lines = new LineCounter();
  const document = parseDocument(prometheusYaml, { lineCounter: lines, prettyErrors: false });
  const problem = document.errors[0];
  if (problem !== undefined)
    throw new OtlpSettingsError(`line ${lines.linePos(problem.pos[0]).line}: ${problem.message}`);
  const block = isMap(document.contents) ? document.contents.get('otlp', true) : undefined;
  if (block === undefined || (isScalar(block) && block.value === null)) return DEFAULT_OTLP_SETTINGS;
  const fail = (node: unknown, message: string): OtlpSettingsError => {
    const at = (node as Node | null)?.range?.[0] ?? 0;
    return new OtlpSettingsError(`line ${lines.linePos(at).line}: otlp: ${message}`);
  };
  if (!isMap(block)) throw fail(block, 'expected a mapping');
  const flags = readFlags(block, fail);
  const promoted = attributes(block, 'promote_resource_attributes', 'promoted', fail);
  const ignored = attributes(block, 'ignore_resource_attributes', 'ignored', fail);
  if (flags.promoteAll && promoted.length > 0) {
    throw fail(
      block,
      "'promote_all_resource_attributes' and 'promote_resource_attributes' cannot be configured simultaneously",
    );
  }
  if (!flags.promoteAll && ignored.length > 0) {
    throw fail(
      block,
      "'ignore_resource_attributes' cannot be configured unless 'promote_all_resource_attributes' is true",
    );
  }
  return {
    ...flags,
    resourceAttributes: flags.promoteAll ? ignored : promoted,
    translationStrategy: strategy(block, fail),
  };
}

type Fail = (node: unknown, message: string) => OtlpSettingsError;

function readFlags(block: YAMLMap, fail: Fail): OtlpSettings {
  const settings: Record<string, unknown> = { ...PROMETHEUS_OTLP_SETTINGS };
  for (const { key, value } of block.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (name === 'translation_strategy' || LISTS.some((list) => list === name)) continue;
    if (!Object.hasOwn(FLAGS, name)) throw fail(key, `field ${name} not found`);
    const flag = isScalar(value) ? value.value : undefined;
    if (typeof flag !== 'boolean') throw fail(key, `${name} must be true or false`);
    settings[FLAGS[name as keyof typeof FLAGS]] = flag;
  }
  return settings as unknown as OtlpSettings;
}

function strategy(block: YAMLMap, fail: Fail): TranslationStrategy {
  const given: unknown = block.get('translation_strategy');
  if (given === undefined || given === null || given === '') return PROMETHEUS_OTLP_SETTINGS.translationStrategy;
  const known = TRANSLATION_STRATEGIES.find((name) => name === given);
  if (known === undefined) {
    throw fail(
      block.get('translation_strategy', true),
      `unsupported OTLP translation strategy ${JSON.stringify(given)}; known: ${TRANSLATION_STRATEGIES.join(', ')}`,
    );
  }
  return known;
}

function attributes(block: YAMLMap, key: (typeof LISTS)[number], adjective: string, fail: Fail): string[] {
  const node = block.get(key, true);
  const given: unknown = block.toJSON()?.[key];
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw fail(node, `${key} must be a list`);
  const names = given.map((name) => String(name ?? '').trim());
  for (const [i, name] of names.entries()) {
    if (name === '') throw fail(node, `invalid '${key}': empty ${adjective} OTel resource attribute`);
    if (names.indexOf(name) !== i) {
      throw fail(node, `invalid '${key}': duplicated ${adjective} OTel resource attribute ${JSON.stringify(name)}`);
    }
  }
  return names;
}
