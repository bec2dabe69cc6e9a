import type { Labels } from '../data/prometheus.ts';

/** How one label changed from before a rule to after it. */
export interface LabelChange {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Labels that a rule added, changed or removed, sorted by name. */
export function relabelDiff(before: Labels, after: Labels): LabelChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const change = { name, before: before[name] ?? null, after: after[name] ?? null };
    return change.before === change.after ? [] : [change];
  });
}

/** A rule in one line, without the fields that hold their defaults. */
export function ruleText(rule: Readonly<Record<string, unknown>>): string {
  const defaults: Readonly<Record<string, unknown>> = { separator: ';', regex: '(.*)', replacement: '$1' };
  return Object.entries(rule)
    .filter(([key, value]) => key !== 'action' && value !== defaults[key])
    .map(([key, value]) => `${key}: ${Array.isArray(value) ? `[${value.join(', ')}]` : JSON.stringify(value)}`)
    .join('  ');
}
