import { isMap } from 'yaml';
import { durationMs, entries, fail, isNull, record, texts, type YamlValue } from '../../base/yaml_reader.ts';
import type { Keys } from '../../base/yaml_shape.ts';
import { flagOf, jsonOf, textOr, urlOr } from './config_fields.ts';
import { defaultTemplate, readEntry } from './entry.ts';
import { type Exchange, exchange, jsonObject, type Reply } from './exchange.ts';
import { type Accepted, type Channel, type Delivery, DeliveryError } from './integration.ts';
import type { Json } from './json.ts';
import { renderJson } from './render_json.ts';
import { truncateRunes } from './truncate.ts';

const MAX_SUMMARY_RUNES = 255;
const MAX_DESCRIPTION_RUNES = 32_767;

/** A text with whether an existing issue gets it as well. */
interface UpdatedText {
  readonly template: string;
  readonly update: boolean;
}

interface JiraConfig {
  readonly apiUrl: string;
  readonly apiType: 'auto' | 'cloud' | 'datacenter';
  readonly project: string;
  readonly issueType: string;
  readonly summary: UpdatedText;
  readonly description: UpdatedText;
  readonly labels: readonly string[];
  readonly priority: string;
  readonly reopenTransition: string;
  readonly resolveTransition: string;
  readonly wontFixResolution: string;
  readonly reopenMs: number;
  readonly fields: Readonly<Record<string, Json>>;
}

const KEYS = [
  'api_url',
  'api_type',
  'project',
  'summary',
  'description',
  'labels',
  'priority',
  'issue_type',
  'reopen_transition',
  'resolve_transition',
  'wont_fix_resolution',
  'reopen_duration',
  'fields',
];

export const jira: Channel = {
  name: 'jira',
  section: 'jira_configs',
  read(at, globals) {
    const entry = readEntry(at, KEYS, true);
    const config = readConfig(entry.keys, at, globals.jiraApiUrl);
    return {
      sendResolved: entry.sendResolved,
      http: entry.ownHttp ?? globals.http,
      timeoutMs: 0,
      deliver: (delivery) => deliver(config, delivery),
    };
  },
};

function readConfig(keys: Keys, at: YamlValue, globalUrl: string | undefined): JiraConfig {
  const [project, issueType] = [textOr(keys, 'project'), textOr(keys, 'issue_type')];
  if (project === '') throw fail(at, 'missing project in jira_config');
  if (issueType === '') throw fail(at, 'missing issue_type in jira_config');
  const apiType = textOr(keys, 'api_type', 'auto');
  if (apiType !== 'auto' && apiType !== 'cloud' && apiType !== 'datacenter')
    throw fail(at, 'unknown api_type on jira_config, must be auto, cloud or datacenter');
  const apiUrl = urlOr(keys, 'api_url', globalUrl);
  if (apiUrl === undefined) throw fail(at, 'no global Jira Cloud URL set');
  const fields = keys.get('fields');
  return {
    apiUrl: apiUrl.replace(/\/+$/, ''),
    apiType,
    project,
    issueType,
    summary: updatedText(keys, 'summary'),
    description: updatedText(keys, 'description'),
    labels: texts(keys.get('labels')),
    priority: textOr(keys, 'priority', defaultTemplate('jira', 'priority')),
    reopenTransition: textOr(keys, 'reopen_transition'),
    resolveTransition: textOr(keys, 'resolve_transition'),
    wontFixResolution: textOr(keys, 'wont_fix_resolution'),
    reopenMs: durationMs(keys.get('reopen_duration'), 0),
    fields: fields === undefined ? {} : Object.fromEntries(entries(fields).map(([name, item]) => [name, jsonOf(item)])),
  };
}

/** A template, or a mapping that says whether it is written again when the issue is there already. */
function updatedText(keys: Keys, key: 'summary' | 'description'): UpdatedText {
  const value = keys.get(key);
  const otherwise = defaultTemplate('jira', key);
  if (value === undefined || isNull(value) || !isMap(value.node))
    return { template: textOr(keys, key, otherwise), update: true };
  const inner = record(value, ['template', 'enable_update']);
  return { template: textOr(inner, 'template', otherwise), update: flagOf(inner, 'enable_update', true) };
}

interface ExistingIssue {
  readonly key: string;
  readonly done: boolean;
}

async function ask(delivery: Delivery, asked: Omit<Exchange, 'headers' | 'about'>): Promise<Reply> {
  const about = asked.method ?? 'POST';
  return exchange(delivery, { ...asked, headers: { 'accept-language': 'en' }, about: `${about} request to Jira` });
}

/** JQL's texts are quoted as Go's %q quotes them. */
function query(config: JiraConfig, { text, status, groupHash }: Delivery): string {
  const parts: string[] = [];
  if (config.wontFixResolution !== '')
    parts.push(`(resolution is EMPTY or resolution != ${JSON.stringify(config.wontFixResolution)})`);
  const minutes = Math.floor(config.reopenMs / 60_000);
  const reopens = status === 'firing' && config.reopenTransition !== '' && minutes > 0;
  parts.push(reopens ? `(resolutiondate is EMPTY OR resolutiondate >= -${minutes}m)` : 'statusCategory != Done');
  parts.push(`project=${JSON.stringify(text(config.project))}`);
  return `${parts.join(' and ')} and labels=${JSON.stringify(`ALERT{${groupHash}}`)} order by status ASC,resolutiondate DESC`;
}

/** Jira Cloud has no `/search` any more, Data Center no `/search/jql`. */
function searchUrl({ apiUrl, apiType }: JiraConfig): string {
  const cloud = apiType === 'cloud' || (apiType === 'auto' && new URL(apiUrl).host.endsWith('atlassian.net'));
  return cloud ? `${apiUrl}/search/jql`.replace('/rest/api/2/', '/rest/api/3/') : `${apiUrl}/search`;
}

async function search(config: JiraConfig, delivery: Delivery): Promise<ExistingIssue | undefined> {
  const reply = await ask(delivery, {
    url: searchUrl(config),
    json: { fields: ['status'], jql: query(config, delivery), maxResults: 2 },
  });
  const issues = jsonObject(reply.text)?.issues;
  if (!Array.isArray(issues))
    throw new DeliveryError('the answer to the search is no list of issues', { retry: false });
  const first = issues[0] as
    | { key?: unknown; fields?: { status?: { statusCategory?: { key?: unknown } } } }
    | undefined;
  if (first === undefined) return undefined;
  return { key: String(first.key ?? ''), done: first.fields?.status?.statusCategory?.key === 'done' };
}

/** Version 3 of the API takes a document in JSON where version 2 takes text. */
function description(config: JiraConfig, { text }: Delivery): Json | undefined {
  const made = truncateRunes(text(config.description.template), MAX_DESCRIPTION_RUNES);
  if (!config.apiUrl.endsWith('/3')) return made === '' ? undefined : made;
  if (made.trim() === '') return undefined;
  try {
    return JSON.parse(made) as Json;
  } catch (error) {
    throw new DeliveryError('description template: invalid JSON for API v3', { retry: false, cause: error });
  }
}

function issueFields(config: JiraConfig, delivery: Delivery, exists: boolean): object {
  const { text, groupHash } = delivery;
  const priority = text(config.priority);
  const described = exists && !config.description.update ? undefined : description(config, delivery);
  const summary = truncateRunes(text(config.summary.template), MAX_SUMMARY_RUNES);
  return {
    project: { key: text(config.project) },
    issuetype: { name: text(config.issueType) },
    ...(exists && !config.summary.update ? {} : { summary }),
    ...(described === undefined ? {} : { description: described }),
    labels: [...config.labels.map(text), `ALERT{${groupHash}}`].sort(),
    ...(priority === '' ? {} : { priority: { name: priority } }),
    ...Object.fromEntries(Object.entries(config.fields).map(([name, value]) => [name, renderJson(value, text)])),
  };
}

async function transition(config: JiraConfig, delivery: Delivery, issue: ExistingIssue): Promise<void> {
  const firing = delivery.status === 'firing';
  if (issue.done !== firing) return;
  const name = firing ? config.reopenTransition : config.resolveTransition;
  if (name === '') return;
  const url = `${config.apiUrl}/issue/${encodeURIComponent(issue.key)}/transitions`;
  const listed = jsonObject((await ask(delivery, { method: 'GET', url })).text)?.transitions;
  const found = (Array.isArray(listed) ? listed : []).find((item: { name?: unknown }) => item.name === name) as
    | { id?: unknown }
    | undefined;
  if (found === undefined)
    throw new DeliveryError(`can't find transition ${name} for issue ${issue.key}`, { retry: false });
  await ask(delivery, { url, json: { transition: { id: String(found.id) } } });
}

async function deliver(config: JiraConfig, delivery: Delivery): Promise<Accepted> {
  const existing = await search(config, delivery);
  // No issue is opened for what is over.
  if (existing === undefined && delivery.status === 'resolved') return { status: 200, providerId: '' };
  const fields = issueFields(config, delivery, existing !== undefined);
  const reply = await ask(delivery, {
    method: existing === undefined ? 'POST' : 'PUT',
    url:
      existing === undefined ? `${config.apiUrl}/issue` : `${config.apiUrl}/issue/${encodeURIComponent(existing.key)}`,
    json: { fields },
  });
  if (existing !== undefined) await transition(config, delivery, existing);
  const made = jsonObject(reply.text)?.key;
  return { status: reply.status, providerId: existing?.key ?? (typeof made === 'string' ? made : '') };
}
