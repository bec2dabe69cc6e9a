import type { RuleLanguage } from './ports.ts';

/** A group of rules as it is evaluated: what its file leaves out is filled in. Equal definitions are the same group. */
export interface GroupDefinition {
  readonly file: string;
  readonly name: string;
  readonly intervalMs: number;
  /** How far before the evaluation time expressions are evaluated and samples are written, ms. */
  readonly queryOffsetMs: number;
  /** Most series or alerts of a rule; 0: no limit. */
  readonly limit: number;
  readonly rules: readonly RuleDefinition[];
}

export interface RuleDefinition {
  readonly kind: 'record' | 'alert';
  readonly name: string;
  readonly language: RuleLanguage;
  /** As upstream shows it: PromQL printed from its syntax tree, LogQL as it is written. */
  readonly expr: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** Those of the group and the rule's own, which win; of alerts they are templates. */
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
}

export const groupKey = ({ file, name }: Pick<GroupDefinition, 'file' | 'name'>): string => `${file};${name}`;

/** One text for equal definitions. */
export function definitionText(group: GroupDefinition): string {
  return JSON.stringify(group, (_, value: unknown) => (value instanceof Map ? [...value] : value));
}

/** What rules of one name and labels share over a reload, as upstream matches them. */
export const ruleText = ({ name, labels }: RuleDefinition): string => JSON.stringify([name, [...labels].sort()]);
