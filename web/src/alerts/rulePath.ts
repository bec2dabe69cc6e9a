import type { Patch } from '../url/view.ts';

/** Where the page of a rule is. */
export const rulePage = '/alerts/rules/rule';

/** Which rule: its name, and where it stands when that is known. */
export function ruleQuery(rule: { readonly rule: string; readonly group?: string; readonly file?: string }): Patch {
  return { rule: rule.rule, group: rule.group, file: rule.file };
}

/** Where a rule that is not loaded is tried. */
export const draftPage = '/alerts/rules/draft';

/** A rule file to be tried. */
export function draftQuery(draft: string, language: 'promql' | 'logql'): Patch {
  return { draft, language };
}
