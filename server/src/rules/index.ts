/** Recording and alerting rules: the file format and its checks. */
export { duplicateRules, parseRuleFile, type RuleProblem } from './rule_file.ts';
