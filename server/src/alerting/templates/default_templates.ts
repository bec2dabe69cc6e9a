import { DRILL_LABEL } from '../../model/alert.ts';
import { emailTemplate } from './email_template.ts';
import { TEMPLATE_LOCALES, type TemplateLocale, WORDS, type Words } from './words.ts';

/**
 * The templates that receivers use where their entries do not say otherwise. Names are upstream's, and in English so is
 * the text as long as there is no evidence to add; a test renders both beside each other.
 */

const define = (name: string, body: string): string => `{{ define "${name}" }}${body}{{ end }}`;
const use = (name: string, dot = '.'): string => `{{ template "${name}" ${dot} }}`;

/** Words joined by spaces: the values of all annotations the alerts have in common. */
const SUMMARY = '{{ .CommonAnnotations.SortedPairs.Values | join " " }}';

function subject({ status }: Words): string {
  const count = '{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}';
  const group = '{{ .GroupLabels.SortedPairs.Values | join " " }}';
  const others = '{{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join " " }}{{ end }}';
  const drill = `{{ if .CommonLabels.${DRILL_LABEL} }}[DRILL] {{ end }}`;
  return `${drill}[${status}${count}] ${group} {{ if gt (len .CommonLabels) (len .GroupLabels) }}(${others}){{ end }}`;
}

const pairs = (of: string, indent: string): string =>
  `{{ range .${of}.SortedPairs }}${indent}- {{ .Name }} = {{ .Value }}\n{{ end }}`;

const missed = (words: Words): string =>
  `{{ if .Missed }}${words.missed}: {{ .StartsAt.Format "2006-01-02 15:04:05 MST" }} – {{ .EndsAt.Format "2006-01-02 15:04:05 MST" }}\n{{ end }}`;

function alertList(words: Words): string {
  const labels = `${words.labels}:\n${pairs('Labels', ' ')}`;
  const annotations = `${words.annotations}:\n${pairs('Annotations', ' ')}`;
  return `{{ range . }}${labels}${annotations}${words.source}: {{ .GeneratorURL }}\n${missed(words)}{{ end }}`;
}

/** Markdown wants an empty line between a heading and its list. */
function alertListMarkdown(words: Words): string {
  const labels = `\n${words.labels}:\n${pairs('Labels', '  ')}\n`;
  const annotations = `${words.annotations}:\n${pairs('Annotations', '  ')}\n`;
  return `{{ range . }}${labels}${annotations}${words.source}: {{ .GeneratorURL }}\n${missed(words)}{{ end }}\n`;
}

/** How text that strangers wrote stands in a message: a template of a value. */
type Quote = (value: string) => string;

const plainly: Quote = (value) => `{{ ${value} }}`;
/** As code: what a log line says must not mention people, make links or set type. */
const asCode: Quote = (value) => `\`{{ ${value} | reReplaceAll "\`" "'" }}\``;
/** Slack reads `<!here>` and links inside of code too (https://api.slack.com/reference/surfaces/formatting#escaping). */
const asSlackCode: Quote = (value) =>
  asCode(`${value} | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;"`);

/** What was found about the group, a line each; nothing where nothing was. */
function evidence(words: Words, quoted: Quote): string {
  const listed = (field: string, heading: string, item: string): string =>
    `{{ if .${field} }}${heading}:\n{{ range .${field} }} - ${item}\n{{ end }}{{ end }}`;
  const linked = (field: string, heading: string): string => `{{ with .${field} }}${heading}: {{ . }}\n{{ end }}`;
  const found = [
    listed('LogLines', words.logLines, `{{ .Time.Format "15:04:05" }} {{ .Level }} ${quoted('.Text')}`),
    listed('NewPatterns', words.newPatterns, quoted('.')),
    listed(
      'Changes',
      words.changes,
      `{{ .Time.Format "15:04:05" }} ${quoted('.Title')}{{ with .URL }} {{ . }}{{ end }}`,
    ),
    linked('GraphURL', words.graph),
    linked('LogsURL', words.logs),
    linked('TraceURL', words.trace),
    linked('RunbookURL', words.runbook),
  ].join('');
  return `{{ with .Evidence }}${found}{{ end }}${linked('AcknowledgeURL', words.acknowledge)}`;
}

/** Firing alerts under a heading, then resolved ones; an empty line around each. */
function spacious(words: Words, list: string, heading = ''): string {
  const part = (state: string, title: string): string =>
    `{{ if .Alerts.${state} }}\n${heading}${title}\n${use(list, `.Alerts.${state}`)}\n{{ end }}\n`;
  return part('Firing', words.firing) + part('Resolved', words.resolved);
}

/** The same without empty lines. */
function compact(words: Words): string {
  const part = (state: string, title: string): string =>
    `{{ if .Alerts.${state} }}${title}\n${use('__text_alert_list', `.Alerts.${state}`)}{{ end }}`;
  return `${part('Firing', words.firing)}\n${part('Resolved', words.resolved)}`;
}

const STATUS_COLOR = '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}';

/** Jira's priority after the most severe alert that fires, or that did. */
function jiraPriority(): string {
  const worst = (state: string): string =>
    `{{ range .Alerts.${state} }}{{ $severity := index .Labels "severity" }}` +
    '{{ if eq $severity "critical" }}{{ $priority = "High" }}' +
    '{{ else if and (eq $severity "warning") (ne $priority "High") }}{{ $priority = "Medium" }}' +
    '{{ else if and (eq $severity "info") (eq $priority "") }}{{ $priority = "Low" }}{{ end }}{{ end }}';
  return `{{ $priority := "" }}${worst('Firing')}{{ if eq $priority "" }}${worst('Resolved')}{{ end }}{{ $priority }}`;
}

/** Texts by name, upstream's names without `.default.` written out. */
function channelTexts(words: Words): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const title = use('__subject');
  const url = use('__alertmanagerURL');
  const sender = use('__alertmanager');
  const facts = use('__evidence');
  const quotedFacts = use('__evidence_markdown');
  const image = '{{ .Evidence.GraphURL }}';
  const plain = `\n${spacious(words, '__text_alert_list')}${facts}`;
  const markdown = `\n${spacious(words, '__text_alert_list_markdown', '# ')}${quotedFacts}`;
  const summarized = `${SUMMARY}\n${spacious(words, '__text_alert_list')}${facts}`;
  const dense = `${SUMMARY}\n${compact(words)}`;
  return {
    slack: {
      title,
      username: sender,
      fallback: `${use('slack.default.title')} | ${use('slack.default.titlelink')}`,
      callbackid: '',
      pretext: '',
      titlelink: url,
      iconemoji: '',
      iconurl: '',
      text: use('__evidence_slack'),
      footer: '',
      color: STATUS_COLOR,
      imageurl: image,
    },
    pagerduty: { description: title, client: sender, clientURL: url, instances: use('__text_alert_list') },
    opsgenie: { message: title, description: `${dense}${facts}`, source: url },
    wechat: {
      message: `${title}\n${dense}\n${words.wechatUrl}:\n${url}`,
      to_user: '',
      to_party: '',
      to_tag: '',
      agent_id: '',
    },
    victorops: { state_message: `${dense}${facts}`, entity_display_name: title, monitoring_tool: sender },
    pushover: { title, message: summarized, url },
    sns: { subject: title, message: summarized },
    telegram: { message: plain },
    discord: { content: '', title, message: `\n${spacious(words, '__text_alert_list')}${quotedFacts}` },
    webex: { message: `${SUMMARY}\n${spacious(words, '__text_alert_list')}${quotedFacts}` },
    msteams: { summary: title, title, text: markdown },
    msteamsv2: { title, text: markdown },
    jira: { summary: title, description: markdown, priority: jiraPriority() },
    rocketchat: { title, alias: sender, titlelink: url, emoji: '', iconurl: '', text: quotedFacts, imageurl: image },
    mattermost: {
      color: STATUS_COLOR,
      username: sender,
      title,
      titlelink: url,
      fallback: `${use('mattermost.default.title')} | ${use('mattermost.default.titlelink')}`,
      text: markdown,
      imageurl: image,
    },
    email: { subject: title, html: emailTemplate(words) },
  };
}

function templatesIn(words: Words): string {
  const shared = [
    define('__alertmanager', 'Alertmanager'),
    define('__alertmanagerURL', '{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}'),
    define('__subject', subject(words)),
    define('__description', ''),
    define('__text_alert_list', alertList(words)),
    define('__text_alert_list_markdown', alertListMarkdown(words)),
    define('__evidence', evidence(words, plainly)),
    define('__evidence_markdown', evidence(words, asCode)),
    define('__evidence_slack', evidence(words, asSlackCode)),
  ];
  const channels = Object.entries(channelTexts(words)).flatMap(([channel, texts]) =>
    Object.entries(texts).map(([part, body]) => define(`${channel}.default.${part}`, body)),
  );
  return [...shared, ...channels].join('\n');
}

/** The sets by language, each as one source. */
export const DEFAULT_TEMPLATES: ReadonlyMap<TemplateLocale, { readonly name: string; readonly text: string }> = new Map(
  TEMPLATE_LOCALES.map((locale) => [locale, { name: `default.${locale}`, text: templatesIn(WORDS[locale]) }]),
);
