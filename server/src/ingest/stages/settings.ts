import * as v from 'valibot';
import { BUILT_IN_RULES } from './masking/finding.ts';
import { compileRule, MaskingRuleError } from './masking/user_rules.ts';
import { createNoiseControl, NoiseRuleError } from './noise.ts';

const ruleName = v.pipe(v.string(), v.regex(/^[a-z0-9_-]{1,64}$/, 'must match [a-z0-9_-]{1,64}'));
const pattern = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));
const MOST_PATTERNS = 50;
const MOST_NOISE_RULES = 200;
const onOff = v.optional(v.boolean(), true);

/** The `masking` section of the configuration (docs/masking.md). */
export const maskingSchema = v.strictObject({
  enabled: onOff,
  /** The built-in rules, each on or off. */
  rules: v.optional(
    v.strictObject({ card: onOff, cvv: onOff, password: onOff, token: onOff, private_key: onOff, email: onOff }),
    {},
  ),
  /** Rules of your own. */
  patterns: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          name: ruleName,
          pattern,
          replacement: v.optional(v.pipe(v.string(), v.maxLength(200)), '***'),
          contains: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
        }),
      ),
      v.maxLength(MOST_PATTERNS),
      v.check(
        (rules) => problemOf(rules, (rule) => compileRule(rule)) === undefined,
        ({ input }) => problemOf(input, (rule) => compileRule(rule)) ?? '',
      ),
    ),
    [],
  ),
});
export type MaskingSettings = v.InferOutput<typeof maskingSchema>;

/** The `noise` section of the configuration (docs/noise.md): rules in the order in which they are asked. */
export const noiseSchema = v.pipe(
  v.array(
    v.strictObject({
      name: ruleName,
      action: v.picklist(['drop', 'sample', 'rate_limit']),
      services: v.optional(v.array(v.string()), []),
      levels: v.optional(
        v.array(v.picklist(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'CRITICAL', 'UNKNOWN'])),
        [],
      ),
      contains: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1000))),
      pattern: v.optional(pattern),
      keep: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
      lines_per_second: v.optional(v.pipe(v.number(), v.minValue(0))),
    }),
  ),
  v.maxLength(MOST_NOISE_RULES),
  v.check(
    (rules) => problemOf(rules, (rule) => createNoiseControl([rule])) === undefined,
    ({ input }) => problemOf(input, (rule) => createNoiseControl([rule])) ?? '',
  ),
);

/** Why a list of rules cannot be used: the first that does not compile, or a name that comes twice. */
function problemOf<Rule extends { readonly name: string }>(
  rules: readonly Rule[],
  compile: (rule: Rule) => unknown,
): string | undefined {
  const names = new Set<string>([...BUILT_IN_RULES, 'test']);
  for (const rule of rules) {
    if (names.has(rule.name)) return `the name ${rule.name} is taken`;
    names.add(rule.name);
    try {
      compile(rule);
    } catch (error) {
      if (error instanceof MaskingRuleError || error instanceof NoiseRuleError) return error.message;
      throw error;
    }
  }
  return undefined;
}
