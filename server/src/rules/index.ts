/** Recording and alerting rules: the file format and its checks. */
export { type DuplicateRule, duplicateRules, parseRuleFile, type RuleProblem } from './rule_file.ts';
