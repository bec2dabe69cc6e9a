import { GRAPH_CID } from './evidence_data.ts';
import type { Words } from './words.ts';

/** Mail programs know no style sheets to rely on: every element carries its own style. */
const FONT = "font-family:'Helvetica Neue',Helvetica,Arial,sans-serif;font-size:14px;line-height:1.5;color:#222";
const CARD = 'max-width:640px;margin:0 auto;background:#fff;border:1px solid #ddd;border-radius:4px';
const BUTTON =
  'display:inline-block;margin:0 8px 8px 0;padding:10px 18px;border-radius:4px;color:#fff;text-decoration:none;font-weight:bold';
const MONO = 'font-family:Menlo,Consolas,monospace;font-size:12px;white-space:pre-wrap;word-break:break-word';

const button = (url: string, text: string, color: string): string =>
  `{{ with ${url} }}<a href="{{ . }}" style="${BUTTON};background:${color}">${text}</a>{{ end }}`;

const pairs = (heading: string, field: string, value: string): string =>
  `{{ if .${field} }}<div><b>${heading}</b></div>{{ range .${field}.SortedPairs }}<div style="padding-left:12px">{{ .Name }} = ${value}</div>{{ end }}{{ end }}`;

/** An annotation that is an address can be opened. */
const LINKED =
  '{{ if match "^https?://[^ ]+$" .Value }}<a href="{{ .Value }}">{{ .Value }}</a>{{ else }}{{ .Value }}{{ end }}';

function alerts(words: Words, state: 'Firing' | 'Resolved', heading: string): string {
  const source = `{{ with .GeneratorURL }}<div><a href="{{ . }}">${words.source}</a></div>{{ end }}`;
  const missed = `{{ if .Missed }}<div><i>${words.missed}: {{ .StartsAt.Format "2006-01-02 15:04:05 MST" }} – {{ .EndsAt.Format "2006-01-02 15:04:05 MST" }}</i></div>{{ end }}`;
  const alert = `<div style="padding:8px 0;border-top:1px solid #eee">${pairs(words.labels, 'Labels', '{{ .Value }}')}${pairs(words.annotations, 'Annotations', LINKED)}${source}${missed}</div>`;
  return `{{ if .Alerts.${state} }}<p><b>[{{ .Alerts.${state} | len }}] ${heading}</b></p>{{ range .Alerts.${state} }}${alert}{{ end }}{{ end }}`;
}

function evidence(words: Words): string {
  const listed = (field: string, heading: string, item: string): string =>
    `{{ if .${field} }}<p><b>${heading}</b></p><div style="${MONO}">{{ range .${field} }}<div>${item}</div>{{ end }}</div>{{ end }}`;
  const parts = [
    `{{ if .HasGraph }}<p><img src="cid:${GRAPH_CID}" alt="{{ .Expression }}" width="600" style="max-width:100%"></p>{{ end }}`,
    listed('LogLines', words.logLines, '{{ .Time.Format "15:04:05" }} {{ .Level }} {{ .Text }}'),
    listed('NewPatterns', words.newPatterns, '{{ . }}'),
    listed(
      'Changes',
      words.changes,
      '{{ .Time.Format "15:04:05" }} {{ if .URL }}<a href="{{ .URL }}">{{ .Title }}</a>{{ else }}{{ .Title }}{{ end }}',
    ),
    `<p>{{ with .LogsURL }}<a href="{{ . }}">${words.logs}</a> {{ end }}{{ with .TraceURL }}<a href="{{ . }}">${words.trace}</a>{{ end }}</p>`,
  ];
  return `{{ with .Evidence }}${parts.join('')}{{ end }}`;
}

/** The body of mails: what fires, what was found about it, and where to go. Readable on a phone. */
export function emailTemplate(words: Words): string {
  const color = '{{ if .Alerts.Firing }}#c5391d{{ else }}#3f8f17{{ end }}';
  const heading = `${words.count} {{ range .GroupLabels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}`;
  const buttons = [
    button('.AcknowledgeURL', words.acknowledge, '#1f6feb'),
    button('.Evidence.RunbookURL', words.runbook, '#57606a'),
    `<a href="{{ template "__alertmanagerURL" . }}" style="${BUTTON};background:#57606a">${words.open}</a>`,
  ].join('');
  const body = [
    `<div style="padding:16px;color:#fff;font-weight:bold;border-radius:4px 4px 0 0;background:${color}">${heading}</div>`,
    `<div style="padding:16px"><div>${buttons}</div>`,
    alerts(words, 'Firing', words.firing.replace(/:$/, '')),
    alerts(words, 'Resolved', words.resolved.replace(/:$/, '')),
    evidence(words),
    '</div>',
  ].join('');
  return `<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{ template "__subject" . }}</title></head><body style="margin:0;padding:12px;background:#f4f4f4;${FONT}"><div style="${CARD}">${body}</div></body></html>`;
}
