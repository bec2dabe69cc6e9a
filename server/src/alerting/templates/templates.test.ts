import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { labelsFrom } from '../../model/labels.ts';
import type { Notification, NotifiedAlert } from '../notify/notifier.ts';
import { type TemplateData, templateData } from './data.ts';
import { NO_EVIDENCE } from './evidence_data.ts';
import { loadTemplates, TemplateFileError } from './notification_templates.ts';

const UPSTREAM = new URL('../../../../../shared/conformance/alertmanager/templates/default.tmpl', import.meta.url);
const START = Date.UTC(2026, 10, 1, 12, 0, 0);

const alert = (
  labels: Record<string, string>,
  annotations: Record<string, string>,
  more: Partial<NotifiedAlert> = {},
): NotifiedAlert => ({
  labels: labelsFrom(Object.entries(labels)),
  annotations: labelsFrom(Object.entries(annotations)),
  startsAtMs: START,
  endsAtMs: 0,
  updatedAtMs: START,
  generatorUrl: 'http://trilith/graph?g0.expr=up',
  resolved: false,
  fingerprint: 'd1b2c3d4e5f60718',
  missed: false,
  ...more,
});

const FIRING = alert(
  { alertname: 'HighLatency', service: 'checkout', severity: 'critical' },
  { summary: 'p99 above 2 s', description: 'slow <b>checkout</b> & more' },
);
const OTHER = alert({ alertname: 'HighLatency', service: 'cart', severity: 'critical' }, { summary: 'p99 above 2 s' });
const RESOLVED = alert(
  { alertname: 'HighLatency', service: 'search', severity: 'warning' },
  {},
  { resolved: true, endsAtMs: START + 60_000 },
);

const dataOf = (alerts: readonly NotifiedAlert[], more: Partial<TemplateData> = {}): TemplateData => {
  const notification: Notification = {
    receiver: 'team (a+b)',
    groupKey: '{}:{alertname="HighLatency"}',
    groupLabels: ['alertname', 'HighLatency'],
    alerts,
    nowMs: START,
    reason: 'first notification',
    stored: new Map(),
    idempotencyKey: 'k',
  };
  const surroundings = { externalUrl: 'https://trilith.example', acknowledgeUrl: '', evidence: NO_EVIDENCE };
  return { ...templateData(notification, surroundings), ...more };
};

const english = loadTemplates([], 'en');
const text = (template: string, data = dataOf([FIRING])): string => english.text(template, data);

test('without evidence every default template renders what Alertmanager’s own does', (t) => {
  if (!existsSync(UPSTREAM)) {
    t.skip('upstream’s default templates are not beside the repository');
    return;
  }
  const source = readFileSync(UPSTREAM, 'utf8');
  const upstream = loadTemplates([{ name: 'default.tmpl', text: source }], 'en');
  const names = [...source.matchAll(/define "([^"]+)"/g)].map(([, name = '']) => name);
  assert.ok(names.length > 50);
  for (const alerts of [[FIRING], [FIRING, OTHER], [RESOLVED], [FIRING, OTHER, RESOLVED]]) {
    for (const name of names) {
      const dot = name.startsWith('__text_alert_list') || name.endsWith('.instances') ? '.Alerts' : '.';
      const asked = `{{ template "${name}" ${dot} }}`;
      const data = dataOf(alerts);
      assert.equal(english.text(asked, data), upstream.text(asked, data), name);
    }
  }
});

test('a subject says state, group and what the alerts have in common besides', () => {
  assert.equal(text('{{ template "__subject" . }}', dataOf([FIRING, OTHER])), '[FIRING:2] HighLatency (critical)');
  assert.equal(text('{{ template "__subject" . }}', dataOf([RESOLVED])), '[RESOLVED] HighLatency (search warning)');
  const russian = loadTemplates([], 'ru');
  assert.equal(
    russian.text('{{ template "__subject" . }}', dataOf([FIRING, OTHER])),
    '[АВАРИЯ:2] HighLatency (critical)',
  );
});

const FUNCTIONS: readonly (readonly [template: string, expected: string])[] = [
  ['{{ title "fOO bar" }}', 'Foo Bar'],
  ['{{ toUpper "a" }}{{ toLower "B" }}{{ trimSpace "  x " }}', 'Abx'],
  ['{{ .CommonLabels.SortedPairs.Names | join "," }}', 'alertname,service,severity'],
  ['{{ .CommonLabels }}', 'alertname=HighLatency, service=checkout, severity=critical'],
  ['{{ (.CommonLabels.Remove (stringSlice "service" "severity")).Names | join "," }}', 'alertname'],
  ['{{ .CommonLabels.absent }}|{{ .CommonLabels.severity }}', '|critical'],
  [
    '{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }};{{ end }}',
    'alertname=HighLatency;service=checkout;severity=critical;',
  ],
  ['{{ match "^High" .CommonLabels.alertname }}', 'true'],
  ['{{ reReplaceAll "La(tency)" "Po$1" .CommonLabels.alertname }}', 'HighPotency'],
  ['{{ (index .Alerts 0).StartsAt.Format "2006-01-02T15:04:05Z07:00" }}', '2026-11-01T12:00:00Z'],
  ['{{ (index .Alerts 0).StartsAt | tz "Europe/Moscow" | date "15:04 -07:00" }}', '15:00 +03:00'],
  ['{{ humanizeDuration 3661 }}', '1h 1m 1s'],
  ['{{ urlUnescape "a%20b+c" }}', 'a b c'],
  ['{{ len (append (list 1 2) 3) }}', '3'],
  ['{{ (dict "a" 1).a }}', '1'],
  ['{{ .GroupLabels | toJson }}', '{"alertname":"HighLatency"}'],
  ['{{ .Receiver }}', 'team \\(a\\+b\\)'],
  ['{{ .NotificationReason }}', 'first notification'],
  ['{{ len .Alerts.Firing }}{{ len .Alerts.Resolved }}', '10'],
  ['{{ (index .Alerts 0).EndsAt.IsZero }}', 'true'],
];

for (const [template, expected] of FUNCTIONS) {
  test(`${template} gives ${expected}`, () => assert.equal(text(template), expected));
}

test('toJson of alerts is upstream’s JSON of them', () => {
  assert.deepEqual(JSON.parse(text('{{ .Alerts.Firing | toJson }}')), [
    {
      status: 'firing',
      labels: { alertname: 'HighLatency', service: 'checkout', severity: 'critical' },
      annotations: { summary: 'p99 above 2 s', description: 'slow <b>checkout</b> & more' },
      startsAt: '2026-11-01T12:00:00Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://trilith/graph?g0.expr=up',
      fingerprint: 'd1b2c3d4e5f60718',
    },
  ]);
});

test('files of the operator replace default templates and may define their own', () => {
  const own = loadTemplates(
    [
      { name: 'a.tmpl', text: '{{ define "__subject" }}first{{ end }}{{ define "team.name" }}core{{ end }}' },
      { name: 'b.tmpl', text: '{{ define "__subject" }}second {{ template "team.name" . }}{{ end }}' },
    ],
    'en',
  );
  assert.equal(own.text('{{ template "slack.default.title" . }}', dataOf([FIRING])), 'second core');
});

test('a template file that is no template is refused with its name and line', () => {
  assert.throws(() => loadTemplates([{ name: 'bad.tmpl', text: 'a\n{{ if }}x{{ end }}' }], 'en'), {
    name: TemplateFileError.name,
    message: 'template: bad.tmpl:2: missing value for if',
  });
});

test('HTML templates escape what labels bring, but not what is declared safe', () => {
  const data = dataOf([FIRING]);
  assert.equal(
    english.html('<p>{{ .CommonAnnotations.description }}</p>', data),
    '<p>slow &lt;b&gt;checkout&lt;/b&gt; &amp; more</p>',
  );
  assert.equal(english.html('{{ "<b>x</b>" | safeHtml }}', data), '<b>x</b>');
  const mail = english.html('{{ template "email.default.html" . }}', data);
  assert.match(mail, /\[1\] Alerts Firing/);
  assert.doesNotMatch(mail, /<b>checkout/);
});

const EVIDENCE = {
  ...NO_EVIDENCE,
  graphUrl: 'https://trilith.example/api/alerts/evidence/abc.png',
  graphPng: new Uint8Array([1]),
  logLines: [{ timeMs: START, level: 'ERROR', text: 'card declined <script>' }],
  traceUrl: 'https://trilith.example/trace/abc',
  newPatterns: ['timeout after <_> ms'],
  changes: [{ timeMs: START, title: 'deploy checkout 1.4.2', url: '' }],
  runbookUrl: 'https://runbooks.example/latency',
};

test('evidence stands in default texts of both languages, escaped in mails', () => {
  const data = dataOf([FIRING], { evidence: EVIDENCE, acknowledgeUrl: 'https://trilith.example/ack/t' });
  const slack = text('{{ template "slack.default.text" . }}', data);
  for (const part of [
    'Last log lines:\n - 12:00:00 ERROR `card declined &lt;script&gt;`',
    'New error patterns:\n - `timeout after &lt;_&gt; ms`',
    'Recent changes:\n - 12:00:00 `deploy checkout 1.4.2`',
    'Trace: https://trilith.example/trace/abc',
    'Runbook: https://runbooks.example/latency',
    'Acknowledge: https://trilith.example/ack/t',
  ]) {
    assert.ok(slack.includes(part), part);
  }
  const mail = english.html('{{ template "email.default.html" . }}', data);
  assert.match(mail, /src="cid:graph@trilith"/);
  assert.match(mail, /card declined &lt;script&gt;/);
  assert.match(mail, /href="https:\/\/trilith\.example\/ack\/t"/);
  const russian = loadTemplates([], 'ru').text('{{ template "telegram.default.message" . }}', data);
  assert.match(russian, /Последние записи журнала:\n - 12:00:00 ERROR/);
});

test('a group of 5,000 alerts is told in full', () => {
  const many = Array.from({ length: 5_000 }, () => FIRING);
  const data = dataOf(many);
  assert.equal(text('{{ template "telegram.default.message" . }}', data).split('Source: ').length, 5_001);
  assert.ok(english.html('{{ template "email.default.html" . }}', data).length > 1_000_000);
});

test('a log line mentions nobody and makes no link in a chat', () => {
  const line = { timeMs: START, level: 'ERROR', text: '<!here> @channel `[x](http://evil)` <http://evil|pay>' };
  const data = dataOf([FIRING], { evidence: { ...NO_EVIDENCE, logLines: [line] } });
  assert.match(
    text('{{ template "slack.default.text" . }}', data),
    /ERROR `&lt;!here&gt; @channel '\[x\]\(http:\/\/evil\)' &lt;http:\/\/evil\|pay&gt;`/,
  );
  for (const name of ['mattermost.default.text', 'discord.default.message', 'msteamsv2.default.text'])
    assert.match(
      text(`{{ template "${name}" . }}`, data),
      /ERROR `<!here> @channel '\[x\]\(http:\/\/evil\)' <http:\/\/evil\|pay>`/,
    );
});

test('an alert that came and went while nobody could be told says so', () => {
  const missed = alert({ alertname: 'A' }, {}, { resolved: true, missed: true, endsAtMs: START + 90_000 });
  assert.match(
    text('{{ template "telegram.default.message" . }}', dataOf([missed])),
    /Fired and resolved while this receiver could not be reached: 2026-11-01 12:00:00 UTC – 2026-11-01 12:01:30 UTC/,
  );
});
