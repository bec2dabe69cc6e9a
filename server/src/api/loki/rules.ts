import { basename } from 'node:path';
import { formatDuration } from '@trilith/lang/promql';
import { stringify } from 'yaml';
import type { HttpResponse, Route } from '../../base/http.ts';
import type { RuleGroup, RuleState } from '../../rules/index.ts';

export interface LogRuleSource {
  /** Groups of a tenant whose rules are LogQL, in the order of files and names. */
  groups(tenant: string): readonly RuleGroup[];
}

/**
 * The ruler's list of rules as YAML (pkg/ruler/base/api.go): a namespace is a file. Rules come from files of the configuration, so
 * there is nothing that changes them here.
 */
export function lokiRuleRoutes(source: LogRuleSource): readonly Route[] {
  const get = (path: string, handler: Route['handler']): Route => ({
    method: 'GET',
    path: `/loki/api/v1/rules${path}`,
    handler,
  });
  const of = (tenant: string, namespace: string): readonly RuleGroup[] =>
    source.groups(tenant).filter(({ definition }) => basename(definition.file) === namespace);
  return [
    get('', ({ tenant }) => namespaces(source.groups(tenant))),
    get('/:namespace', ({ tenant, params }) => namespaces(of(tenant, params.namespace ?? ''))),
    get('/:namespace/:group', ({ tenant, params }) => {
      const found = of(tenant, params.namespace ?? '').find(({ definition }) => definition.name === params.group);
      return found === undefined ? plain(404, 'group does not exist\n') : yaml(groupOf(found));
    }),
  ];
}

function namespaces(groups: readonly RuleGroup[]): HttpResponse {
  if (groups.length === 0) return plain(404, 'no rule groups found\n');
  const byFile = Map.groupBy(groups, ({ definition }) => basename(definition.file));
  return yaml(Object.fromEntries([...byFile].map(([file, all]) => [file, all.map(groupOf)])));
}

function groupOf({ definition, rules }: RuleGroup): unknown {
  const { name, intervalMs, limit } = definition;
  return {
    name,
    interval: formatDuration(intervalMs),
    ...(limit === 0 ? {} : { limit }),
    rules: rules.map(ruleOf),
  };
}

function ruleOf({ definition }: RuleState): unknown {
  const { kind, name, expr, forMs, keepFiringForMs, labels, annotations } = definition;
  return {
    [kind]: name,
    expr,
    ...(forMs === 0 ? {} : { for: formatDuration(forMs) }),
    ...(keepFiringForMs === 0 ? {} : { keep_firing_for: formatDuration(keepFiringForMs) }),
    ...(labels.size === 0 ? {} : { labels: Object.fromEntries(labels) }),
    ...(annotations.size === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  };
}

const plain = (status: number, body: string): HttpResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
});

const yaml = (value: unknown): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'application/yaml' },
  body: stringify(value),
});
