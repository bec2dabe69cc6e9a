import { RE2JS, RE2JSSyntaxException } from 're2js';
import { CommandError } from '../http.ts';
import type { LogsOptions } from './arguments.ts';

/** The names that what was typed may be a pattern of. */
export interface KnownNames {
  readonly pods: readonly string[];
  readonly services: readonly string[];
}

const POD_LABELS = ['pod', 'k8s_pod_name'] as const;
const NAMESPACE_LABELS = ['namespace', 'k8s_namespace_name'] as const;
const CONTAINER_LABELS = ['container', 'k8s_container_name'] as const;
const EVERYTHING = '{service_name=~".+"}';

/** Workloads by the words kubectl knows them by: the label that names one, and how its pods' names go on. */
const WORKLOADS: Readonly<Record<string, { readonly label: string; readonly pods: string }>> = {
  deploy: { label: 'k8s_deployment_name', pods: '-[a-z0-9]+-[a-z0-9]+' },
  sts: { label: 'k8s_statefulset_name', pods: '-[0-9]+' },
  ds: { label: 'k8s_daemonset_name', pods: '-[a-z0-9]+' },
  job: { label: 'k8s_job_name', pods: '-[a-z0-9]+' },
  cronjob: { label: 'k8s_cronjob_name', pods: '-[0-9]+-[a-z0-9]+' },
};
const ALIASES: Readonly<Record<string, string>> = {
  deployment: 'deploy',
  deployments: 'deploy',
  statefulset: 'sts',
  statefulsets: 'sts',
  daemonset: 'ds',
  daemonsets: 'ds',
  jobs: 'job',
  cj: 'cronjob',
  cronjobs: 'cronjob',
  po: 'pod',
  pods: 'pod',
  service: 'svc',
  services: 'svc',
};
const RESOURCE = /^([a-z]+)\/(.+)$/;
/** A function over lines of a range. */
const METRIC_QUERY = /^[a-z_0-9.\s(]+\(.*\{.*\}.*\[\w+\]/s;

/** Whether it has to be known what pods and services there are to understand what was typed. */
export function mayBePattern({ what }: Pick<LogsOptions, 'what'>): boolean {
  const [only] = what;
  return only !== undefined && what.length === 1 && !only.startsWith('{') && !RESOURCE.test(only);
}

/** The LogQL query for what was typed. @throws CommandError */
export function logqlOf(options: LogsOptions, names: KnownNames): string {
  const { what, include, exclude, levels, trace, namespace, container } = options;
  const [first = ''] = what;
  const isQuery = first.startsWith('{');
  if (what.length > 1 && what.some((word) => word.startsWith('{')))
    throw new CommandError('a LogQL query is one argument, and the only one: put it into quotes');
  if (!isQuery && METRIC_QUERY.test(first))
    throw new CommandError('this query counts lines and shows none: ask it in the UI, or at /loki/api/v1/query');
  if (isQuery && options.selector !== undefined)
    throw new CommandError('--selector and a LogQL query exclude each other: the query has its own selector');
  const lines = [
    ...include.map((pattern) => `|~ ${quoted(pattern)}`),
    ...exclude.map((pattern) => `!~ ${quoted(pattern)}`),
  ];
  const filters = [
    ...(namespace === undefined ? [] : [anyOf(NAMESPACE_LABELS, '=', namespace)]),
    ...(container === undefined ? [] : [anyOf(CONTAINER_LABELS, '=~', container)]),
    ...(levels.length === 0 ? [] : [`level=~${quoted(levels.map(literal).join('|'))}`]),
    ...(trace === undefined ? [] : [`trace_id=${quoted(trace)}`]),
  ];
  const typed = isQuery ? { query: first, lines: [], filters: [] } : typedWords(what, names);
  const query = isQuery ? first : options.selector === undefined ? EVERYTHING : streamSelector(options.selector);
  const stages = [...typed.lines, ...lines, ...[...typed.filters, ...filters].map((filter) => `| ${filter}`)];
  return [query, ...stages].join(' ');
}

interface Typed {
  readonly lines: readonly string[];
  readonly filters: readonly string[];
}

function typedWords(what: readonly string[], names: KnownNames): Typed {
  const [only = ''] = what;
  if (what.length === 1) {
    const [, kind, name] = RESOURCE.exec(only) ?? [];
    if (kind !== undefined && name !== undefined) return { lines: [], filters: [resource(kind, name)] };
    const pattern = namesMatching(only, names);
    if (pattern !== undefined) return { lines: [], filters: [pattern] };
  }
  return { lines: what.map((word) => `|~ ${quoted(`(?i)${literal(word)}`)}`), filters: [] };
}

function resource(word: string, name: string): string {
  const kind = ALIASES[word] ?? word;
  if (kind === 'pod') return anyOf(POD_LABELS, '=', name);
  if (kind === 'svc') return `service_name=${quoted(name)}`;
  const workload = WORKLOADS[kind];
  if (workload === undefined)
    throw new CommandError(`${word}/ is none of ${[...Object.keys(WORKLOADS), 'pod', 'svc'].join('/, ')}/`);
  const pods = anyOf(POD_LABELS, '=~', `${literal(name)}${workload.pods}`);
  // Where nothing says what a pod belongs to, a workload's logs are mostly those of the service of its name.
  return `${workload.label}=${quoted(name)} or ${pods} or service_name=${quoted(name)}`;
}

/** A filter for the pods and services that a pattern finds somewhere in their names, as stern does; undefined if it finds none. */
function namesMatching(text: string, { pods, services }: KnownNames): string | undefined {
  const pattern = compiled(text);
  if (pattern === undefined) return undefined;
  const inside = quoted(`.*(${text}).*`);
  const labels = [
    ...(pods.some((name) => pattern.matcher(name).find()) ? POD_LABELS : []),
    ...(services.some((name) => pattern.matcher(name).find()) ? ['service_name'] : []),
  ];
  return labels.length === 0 ? undefined : labels.map((label) => `${label}=~${inside}`).join(' or ');
}

/** A text as a pattern; undefined when it is none, but a word. */
function compiled(text: string): RE2JS | undefined {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return undefined;
    throw error;
  }
}

/** kubectl's selector as LogQL's. @throws CommandError */
function streamSelector(text: string): string {
  const matchers = text.split(/,(?![^(]*\))/).map((part) => {
    const [, name, operator, value] = /^\s*([A-Za-z_][\w./-]*)\s*(=~|!~|!=|==?)\s*"?(.*?)"?\s*$/.exec(part) ?? [];
    if (name !== undefined && operator !== undefined && value !== undefined)
      return `${labelName(name)}${operator === '==' ? '=' : operator}${quoted(value)}`;
    const [, of, not, values] = /^\s*([A-Za-z_][\w./-]*)\s+(not)?in\s*\(([^()]*)\)\s*$/.exec(part) ?? [];
    if (of === undefined || values === undefined)
      throw new CommandError(`--selector is label=value[,label!=value][,label in (a,b)], not ${JSON.stringify(text)}`);
    const any = values.split(',').map((one) => literal(one.trim()));
    return `${labelName(of)}${not === undefined ? '=~' : '!~'}${quoted(any.join('|'))}`;
  });
  return `{${matchers.join(', ')}}`;
}

const labelName = (text: string): string => text.replace(/[^A-Za-z0-9_]/g, '_');

function anyOf(labels: readonly string[], operator: '=' | '=~', value: string): string {
  return labels.map((label) => `${label}${operator}${quoted(value)}`).join(' or ');
}

/** A string literal of LogQL; those of JSON are. */
const quoted = (text: string): string => JSON.stringify(text);

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
