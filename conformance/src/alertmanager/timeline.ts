/** Names of labels that are any UTF-8 text, which an older Alertmanager refuses. */
export interface TimelineOptions {
  readonly utf8: boolean;
}

/** What both programs are configured with and told: short times, every stage of the pipeline. */
export function timelineConfig(webhook: string, { utf8 }: TimelineOptions): string {
  const receiver = (name: string, more = ''): string =>
    `  - name: ${name}\n    webhook_configs: [{url: '${webhook}/${name}'${more}}]\n`;
  return `
global:
  resolve_timeout: 8s
route:
  receiver: root
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 7s
  routes:
    - receiver: alone
      matchers: ['mode="alone"']
      group_by: ['...']
    - receiver: copy
      match: {mode: copy}
      continue: true
    - receiver: quiet
      matchers: ['mode=~"quiet|calm"', 'severity!="page"']
      routes:
        - receiver: quiet-deep
          match_re: {severity: 'warn.*'}
          group_wait: 3s
          group_by: [alertname, cluster]
    - receiver: muted
      matchers: ['mode=muted']
      mute_time_intervals: [always]
    - receiver: active
      matchers: ['mode=active']
      active_time_intervals: [always]
    - receiver: inactive
      matchers: ['mode=inactive']
      active_time_intervals: [never]
    - receiver: few
      matchers: ['mode=few']
${utf8 ? UTF8_ROUTE : ''}inhibit_rules:
  - source_matchers: [severity=page]
    target_matchers: [severity=info]
    equal: [cluster]
time_intervals:
  - name: always
    time_intervals: [{years: ['2000:2200']}]
  - name: never
    time_intervals: [{years: ['1990:1991']}]
receivers:
${['root', 'alone', 'copy', 'muted', 'active', 'inactive', 'utf8'].map((name) => receiver(name)).join('')}${receiver('quiet', ', send_resolved: false')}${receiver('quiet-deep')}${receiver('few', ', max_alerts: 2')}`;
}

const UTF8_ROUTE = `    - receiver: utf8
      matchers: ['"ünï code"="☃"']
      group_by: ['ünï code']
`;

type Labels = Readonly<Record<string, string>>;

export type Step = { readonly at: number } & (
  | { readonly kind: 'fire'; readonly labels: Labels; readonly annotations?: Labels; readonly forSeconds?: number }
  | { readonly kind: 'resolve'; readonly labels: Labels }
  | { readonly kind: 'silence'; readonly name: string; readonly matchers: Labels; readonly forSeconds: number }
  | { readonly kind: 'expire'; readonly name: string }
);

const fire = (at: number, labels: Labels, forSeconds = 600, annotations: Labels = {}): Step => ({
  at,
  kind: 'fire',
  labels,
  annotations,
  forSeconds,
});
const resolve = (at: number, labels: Labels): Step => ({ at, kind: 'resolve', labels });

const A1 = { alertname: 'A', instance: '1', job: 'x' };
const A2 = { alertname: 'A', instance: '2', job: 'x' };
const PAGE = { alertname: 'Cluster', severity: 'page', cluster: 'c1' };
const INFO = { alertname: 'Pod', severity: 'info', cluster: 'c1' };
const OTHER = { alertname: 'Pod', severity: 'info', cluster: 'c2' };
const QUIET = { alertname: 'Q', mode: 'calm', severity: 'info' };

/** How long the timeline is watched, seconds. */
export const TIMELINE_SECONDS = 24;

const STEPS: readonly Step[] = [
  // Grouping, news, resolutions, repeats.
  fire(0, A1, 600, { summary: 'one' }),
  fire(0.4, A2, 600, { summary: 'two' }),
  fire(4.5, { alertname: 'A', instance: '3' }),
  resolve(6.5, A1),
  // Told again with another annotation: kept, not told anew.
  fire(8.5, A2, 600, { summary: 'two again' }),
  resolve(18.5, A2),
  resolve(18.5, { alertname: 'A', instance: '3' }),
  // Nobody says when it ends.
  { at: 0, kind: 'fire', labels: { alertname: 'Timeout' } },
  // Fired and ended before anybody was told.
  fire(0, { alertname: 'Brief' }),
  resolve(0.5, { alertname: 'Brief' }),
  // Ends, and fires again.
  fire(0, { alertname: 'Again' }, 600),
  resolve(2.5, { alertname: 'Again' }),
  fire(7.5, { alertname: 'Again' }, 600),
  // Inhibition, its source ending, and a target elsewhere.
  fire(0, PAGE),
  fire(0.1, INFO),
  fire(0.1, OTHER),
  resolve(6.4, PAGE),
  // Silence before, and ended early; another over by itself.
  { at: 0, kind: 'silence', name: 'early', matchers: { alertname: 'Silenced' }, forSeconds: 600 },
  { at: 0, kind: 'silence', name: 'short', matchers: { alertname: 'Short', instance: 'a' }, forSeconds: 5 },
  fire(0.2, { alertname: 'Silenced' }),
  fire(0.2, { alertname: 'Short', instance: 'a' }),
  fire(0.2, { alertname: 'Short', instance: 'b' }),
  { at: 8.4, kind: 'expire', name: 'early' },
  // Routes.
  fire(0, { alertname: 'R', mode: 'alone', instance: '1' }),
  fire(0, { alertname: 'R', mode: 'alone', instance: '2' }),
  fire(0, { alertname: 'R', mode: 'copy' }),
  fire(0, QUIET),
  fire(0, { alertname: 'Q', mode: 'quiet', severity: 'warning', cluster: 'c3' }),
  fire(0, { alertname: 'Q', mode: 'quiet', severity: 'page', cluster: 'c9' }),
  resolve(4.6, QUIET),
  fire(0, { alertname: 'M', mode: 'muted' }),
  fire(0, { alertname: 'M', mode: 'active' }),
  fire(0, { alertname: 'M', mode: 'inactive' }),
  ...[1, 2, 3, 4].map((i) => fire(0, { alertname: 'F', mode: 'few', instance: String(i) })),
];

const UTF8_STEPS: readonly Step[] = [fire(0, { alertname: 'U', 'ünï code': '☃' })];

/** In the order of time. Nothing happens at the moment of a flush, so that both programs see the same before each. */
export function timelineSteps({ utf8 }: TimelineOptions): readonly Step[] {
  return [...STEPS, ...(utf8 ? UTF8_STEPS : [])].sort((a, b) => a.at - b.at);
}
