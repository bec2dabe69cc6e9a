import { createHash } from 'node:crypto';
import { RE2JS } from 're2js';

/** Relabelling as Prometheus has it (model/relabel): plain rules, compiled once, applied to a label map. */
export type RelabelAction =
  | 'replace'
  | 'keep'
  | 'drop'
  | 'keepequal'
  | 'dropequal'
  | 'hashmod'
  | 'labelmap'
  | 'labeldrop'
  | 'labelkeep'
  | 'lowercase'
  | 'uppercase';

export const RELABEL_ACTIONS: readonly RelabelAction[] = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
];

/** One rule with its defaults filled in; structured-cloneable. */
export interface RelabelRule {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  /** Default `;`. */
  readonly separator: string;
  /** RE2, anchored at both ends. Default `(.*)`. */
  readonly regex: string;
  /** Empty where the action has none. */
  readonly targetLabel: string;
  /** Default `$1`. */
  readonly replacement: string;
  readonly modulus: number;
}

export const RELABEL_DEFAULTS: RelabelRule = {
  action: 'replace',
  sourceLabels: [],
  separator: ';',
  regex: '(.*)',
  targetLabel: '',
  replacement: '$1',
  modulus: 0,
};

/** The rule is not one; the message says why. */
class RelabelError extends Error {
  override readonly name = 'RelabelError';
}

/** Applies the rules in place. False: the target or sample is to be dropped. */
export type Relabel = (labels: Map<string, string>) => boolean;

type Groups = (name: string) => string;
type Match = (text: string) => Groups | undefined;
/** One part of a replacement: fixed text or the name (or number) of a group. */
type TemplatePart = { readonly text: string } | { readonly group: string };

function compileRegex(pattern: string): Match {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(`^(?s:${pattern})$`);
  } catch (error) {
    throw new RelabelError(`regex ${JSON.stringify(pattern)} is not RE2`, { cause: error });
  }
  return (text) => {
    const matcher = compiled.matcher(text);
    if (!matcher.matches()) return undefined;
    const count = matcher.groupCount();
    return (name) => {
      const number = /^\d+$/.test(name) ? Number(name) : compiled.namedGroups()[name];
      return number === undefined || number > count ? '' : (matcher.group(number) ?? '');
    };
  };
}

/** Splits `a${1}b$name$$` as Go's Regexp.Expand reads it: a name is the longest run of letters, digits, underscores. */
function parseTemplate(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  const pattern = /\$(?:(\$)|\{(\w+)\}|(\w+))/g;
  let from = 0;
  for (const match of template.matchAll(pattern)) {
    if (match.index > from) parts.push({ text: template.slice(from, match.index) });
    const group = match[2] ?? match[3];
    parts.push(group === undefined ? { text: '$' } : { group });
    from = match.index + match[0].length;
  }
  if (from < template.length) parts.push({ text: template.slice(from) });
  return parts;
}

function expand(parts: readonly TemplatePart[], groups: Groups): string {
  let result = '';
  for (const part of parts) result += 'text' in part ? part.text : groups(part.group);
  return result;
}

function setLabel(labels: Map<string, string>, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}

/** The last 8 bytes of the MD5 as a number, modulo: spreads targets as Prometheus spreads them. */
function hashmod(value: string, modulus: number): string {
  const digest = createHash('md5').update(value, 'utf8').digest();
  return String(digest.readBigUInt64BE(8) % BigInt(modulus));
}

function replace(rule: RelabelRule, match: Match): (labels: Map<string, string>, source: string) => boolean {
  const target = parseTemplate(rule.targetLabel);
  const replacement = parseTemplate(rule.replacement);
  return (labels, source) => {
    const groups = match(source);
    if (groups === undefined) return true;
    const name = expand(target, groups);
    if (name !== '') setLabel(labels, name, expand(replacement, groups));
    return true;
  };
}

function labelmap(rule: RelabelRule, match: Match): (labels: Map<string, string>) => boolean {
  const replacement = parseTemplate(rule.replacement);
  return (labels) => {
    for (const [name, value] of [...labels]) {
      const groups = match(name);
      if (groups !== undefined) setLabel(labels, expand(replacement, groups), value);
    }
    return true;
  };
}

function dropLabels(match: Match, dropMatching: boolean): (labels: Map<string, string>) => boolean {
  return (labels) => {
    for (const name of [...labels.keys()]) if ((match(name) !== undefined) === dropMatching) labels.delete(name);
    return true;
  };
}

function compileRule(rule: RelabelRule): (labels: Map<string, string>, source: string) => boolean {
  const match = compileRegex(rule.regex);
  const target = rule.targetLabel;
  switch (rule.action) {
    case 'replace':
      return replace(rule, match);
    case 'keep':
      return (_, source) => match(source) !== undefined;
    case 'drop':
      return (_, source) => match(source) === undefined;
    case 'keepequal':
      return (labels, source) => (labels.get(target) ?? '') === source;
    case 'dropequal':
      return (labels, source) => (labels.get(target) ?? '') !== source;
    case 'hashmod':
      return (labels, source) => {
        setLabel(labels, target, hashmod(source, rule.modulus));
        return true;
      };
    case 'lowercase':
    case 'uppercase':
      return (labels, source) => {
        setLabel(labels, target, rule.action === 'lowercase' ? source.toLowerCase() : source.toUpperCase());
        return true;
      };
    case 'labelmap':
      return labelmap(rule, match);
    case 'labeldrop':
      return dropLabels(match, true);
    case 'labelkeep':
      return dropLabels(match, false);
  }
}

/** ASCII names only, whose parts may be groups (upstream's relabelTargetLegacy). */
const LEGACY_TEMPLATE = /^(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+$/;
const LEGACY_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const NEEDS_TARGET: readonly RelabelAction[] = [
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
];

/**
 * Says what is wrong with a rule, as Prometheus' own validation does (relabel.Config.Validate); undefined when nothing is.
 * @param names `legacy`: label names are ASCII; `utf8`: any text
 */
export function relabelProblem(rule: RelabelRule, names: 'utf8' | 'legacy' = 'utf8'): string | undefined {
  const { action, modulus, sourceLabels, targetLabel, replacement } = rule;
  const valid = (name: string): boolean =>
    names === 'legacy' ? LEGACY_NAME.test(name) : name !== '' && name.isWellFormed();
  const validTemplate = (name: string): boolean => (names === 'legacy' ? LEGACY_TEMPLATE.test(name) : valid(name));
  if (action === 'hashmod' && !(Number.isSafeInteger(modulus) && modulus > 0)) {
    return 'relabel configuration for hashmod requires non-zero modulus';
  }
  if (NEEDS_TARGET.includes(action)) {
    if (targetLabel === '') return `relabel configuration for ${action} action requires 'target_label' value`;
    const template = action === 'replace' && targetLabel.includes('$');
    if (!(template ? validTemplate(targetLabel) : valid(targetLabel)))
      return `${JSON.stringify(targetLabel)} is invalid 'target_label' for ${action} action`;
  }
  const plain = replacement === RELABEL_DEFAULTS.replacement;
  if (!plain && ['lowercase', 'uppercase', 'keepequal', 'dropequal'].includes(action))
    return `'replacement' can not be set for ${action} action`;
  if (action === 'labelmap' && !validTemplate(replacement))
    return `${JSON.stringify(replacement)} is invalid 'replacement' for ${action} action`;
  const others = modulus === 0 && rule.separator === RELABEL_DEFAULTS.separator && plain;
  if ((action === 'keepequal' || action === 'dropequal') && (rule.regex !== RELABEL_DEFAULTS.regex || !others)) {
    return `${action} action requires only 'source_labels' and \`target_label\`, and no other fields`;
  }
  if (
    (action === 'labeldrop' || action === 'labelkeep') &&
    (sourceLabels.length > 0 || targetLabel !== '' || !others)
  ) {
    return `${action} action requires only 'regex', and no other fields`;
  }
  return undefined;
}

/** Compiles rules; throws RelabelError. */
export function compileRelabel(rules: readonly RelabelRule[]): Relabel {
  const steps = rules.map((rule) => ({ rule, run: compileRule(rule) }));
  return (labels) => {
    for (const { rule, run } of steps) {
      const source = rule.sourceLabels.map((name) => labels.get(name) ?? '').join(rule.separator);
      if (!run(labels, source)) return false;
    }
    return true;
  };
}

/** One rule of a relabelling with what it made of the labels. */
export interface RelabelStep {
  readonly rule: RelabelRule;
  /** Labels after the rule; empty when the target is gone. */
  readonly labels: Readonly<Record<string, string>>;
  readonly kept: boolean;
}

/** Applies the rules one by one, for people who want to see what each does. Throws RelabelError. */
export function relabelSteps(rules: readonly RelabelRule[], labels: Readonly<Record<string, string>>): RelabelStep[] {
  const current = new Map(Object.entries(labels));
  let kept = true;
  return rules.map((rule) => {
    if (kept) kept = compileRelabel([rule])(current);
    const after: Record<string, string> = Object.create(null);
    if (kept) for (const name of [...current.keys()].sort()) after[name] = current.get(name) ?? '';
    return { rule, labels: after, kept };
  });
}
