import { createHash } from 'node:crypto';
import { compileMatcher } from '@trilith/lang/promql';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { type Labels, labelsToRecord, type Matcher } from '../../model/labels.ts';
import type { ActiveAlert, RuleGroup, RuleState } from '../../rules/index.ts';
import { BadRequest } from './errors.ts';
import { boolean, integer, selectorParameters } from './parameters.ts';
import { sampleText } from './sample_text.ts';

/** What `/rules` and `/alerts` are answered from. */
export interface RuleSource {
  /** Of a tenant, in the order of files and names. */
  groups(tenant: string): readonly RuleGroup[];
}

const TYPES = new Set(['', 'alert', 'record']);

const bad = (name: string, message: string): BadRequest =>
  new BadRequest(`invalid parameter ${JSON.stringify(name)}: ${message}`);

interface Filters {
  readonly names: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
  /** `alert`, `record`, or empty for both. */
  readonly type: string;
  readonly matchers: readonly (readonly Matcher[])[];
  readonly withAlerts: boolean;
}

interface Page {
  /** 0: all. */
  readonly most: number;
  readonly token: string;
}

/** Upstream's ParseBool error. */
const invalidSyntax = (call: string, text: string): string =>
  `strconv.${call}: parsing ${JSON.stringify(text)}: invalid syntax`;

/** Throws BadRequest. */
function filtersOf(query: URLSearchParams): Filters {
  const matchers = selectorParameters(query);
  const type = (query.get('type') ?? '').toLowerCase();
  if (!TYPES.has(type)) throw bad('type', `not supported value ${JSON.stringify(type)}`);
  const exclude = (query.get('exclude_alerts') ?? '').toLowerCase();
  const excludes = exclude === '' ? false : boolean(exclude);
  if (excludes === undefined)
    throw bad('exclude_alerts', `error converting exclude_alerts: ${invalidSyntax('ParseBool', exclude)}`);
  const set = (name: string): ReadonlySet<string> => new Set(query.getAll(name));
  return {
    names: set('rule_name[]'),
    groups: set('rule_group[]'),
    files: set('file[]'),
    type,
    matchers,
    withAlerts: !excludes,
  };
}

/** Throws BadRequest. */
function pageOf(query: URLSearchParams): Page {
  const most = query.get('group_limit') ?? '';
  const token = query.get('group_next_token') ?? '';
  if (token !== '' && most === '')
    throw bad('group_next_token', 'group_limit needs to be present in order to paginate over the groups');
  if (most === '') return { most: 0, token: '' };
  const limit = integer(most);
  if (limit === undefined)
    throw bad('group_limit', `group_limit needs to be a valid number: ${invalidSyntax('ParseInt', most)}`);
  if (limit <= 0) throw bad('group_limit', 'group_limit needs to be greater than 0');
  return { most: limit, token };
}

/** `/rules`: groups with the state of their rules, filtered and paged as upstream does. Throws BadRequest. */
export function rules({ query, tenant }: HttpRequest, source: RuleSource): HttpResponse {
  const filters = filtersOf(query);
  const page = pageOf(query);
  const all = source.groups(tenant);
  const first = page.token === '' ? 0 : all.findIndex((group) => tokenOf(group) === page.token);
  if (first < 0) throw bad('group_next_token', `invalid group_next_token '${page.token}'. were rule groups changed?`);
  const groups: unknown[] = [];
  let next: RuleGroup | undefined;
  for (const group of all.slice(first)) {
    const json = groupJson(group, filters);
    if (json === undefined) continue;
    if (page.most > 0 && groups.length === page.most) {
      next = group;
      break;
    }
    groups.push(json);
  }
  const data = next === undefined ? { groups } : { groups, groupNextToken: tokenOf(next) };
  return jsonResponse(200, { status: 'success', data });
}

/** `/alerts`: what is pending and firing. */
export function alerts({ tenant }: HttpRequest, source: RuleSource): HttpResponse {
  const active = source.groups(tenant).flatMap(({ rules: all }) => all.flatMap(alertsOf));
  return jsonResponse(200, { status: 'success', data: { alerts: active } });
}

const tokenOf = ({ definition: { file, name } }: RuleGroup): string =>
  createHash('sha256').update(`${file};${name}`).digest('hex');

const hasNo = (set: ReadonlySet<string>, value: string): boolean => set.size > 0 && !set.has(value);

/** Undefined for a group of which nothing is asked for. */
function groupJson(group: RuleGroup, filters: Filters): unknown {
  const { definition, rules: all, evaluationSeconds, lastEvaluationMs } = group;
  if (hasNo(filters.groups, definition.name) || hasNo(filters.files, definition.file)) return undefined;
  const shown = all.filter((rule) => isAskedFor(rule, filters)).map((rule) => ruleJson(rule, filters.withAlerts));
  if (shown.length === 0) return undefined;
  return {
    name: definition.name,
    file: definition.file,
    rules: shown,
    interval: definition.intervalMs / 1000,
    limit: definition.limit,
    evaluationTime: evaluationSeconds,
    lastEvaluation: timeText(lastEvaluationMs),
  };
}

function isAskedFor({ definition: { kind, name, labels } }: RuleState, { names, type, matchers }: Filters): boolean {
  if (hasNo(names, name) || (type !== '' && type !== kind)) return false;
  if (matchers.length === 0) return true;
  return matchers.some((all) =>
    all.every((matcher) => compileMatcher(matcher).matches(labels.get(matcher.name) ?? '')),
  );
}

function ruleJson(rule: RuleState, withAlerts: boolean): unknown {
  const { kind, name, expr, language, labels, annotations, forMs, keepFiringForMs } = rule.definition;
  const common = {
    name,
    query: expr,
    // Ours: upstream's rules are all PromQL.
    ...(language === 'promql' ? {} : { language }),
    labels: sorted(labels),
    health: rule.health,
    ...(rule.lastError === '' ? {} : { lastError: rule.lastError }),
    evaluationTime: rule.evaluationSeconds,
    lastEvaluation: timeText(rule.lastEvaluationMs),
  };
  if (kind === 'record') return { ...common, type: 'recording' };
  return {
    state: stateOf(rule),
    ...common,
    duration: forMs / 1000,
    keepFiringFor: keepFiringForMs / 1000,
    annotations: sorted(annotations),
    alerts: withAlerts ? alertsOf(rule) : null,
    type: 'alerting',
  };
}

/** The highest state of its alerts; unknown before the first evaluation. */
function stateOf({ lastEvaluationMs, active }: RuleState): string {
  if (lastEvaluationMs === 0) return 'unknown';
  const states = new Set([...active.values()].map(({ state }) => state));
  return states.has('firing') ? 'firing' : states.has('pending') ? 'pending' : 'inactive';
}

const alertsOf = ({ active }: RuleState): unknown[] =>
  [...active.values()].filter(({ state }) => state !== 'inactive').map(alertJson);

const alertJson = ({ labels, annotations, state, activeAtMs, keepFiringSinceMs, value }: ActiveAlert): unknown => ({
  labels: labelsToRecord(labels as Labels),
  annotations: labelsToRecord(annotations),
  state,
  activeAt: timeText(activeAtMs),
  ...(keepFiringSinceMs === 0 ? {} : { keepFiringSince: timeText(keepFiringSinceMs) }),
  value: exponentText(value),
});

/** A value as Go's FormatFloat(v, 'e', -1, 64) writes it, which is what upstream shows of alerts. */
function exponentText(value: number): string {
  if (!Number.isFinite(value)) return sampleText(value);
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, '0')}`;
}

/** Go's zero time for never. */
const timeText = (timeMs: number): string => (timeMs === 0 ? '0001-01-01T00:00:00Z' : new Date(timeMs).toISOString());

const sorted = (map: ReadonlyMap<string, string>): Record<string, string> =>
  labelsToRecord([...map].sort(([a], [b]) => (a < b ? -1 : 1)).flat());
