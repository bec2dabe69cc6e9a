import { expressionIn } from '@trilith/lang/plotted';
import { serviceOf } from '../chart/series.ts';
import { absolute } from '../time/range.ts';
import type { Patch } from '../url/view.ts';
import { exactly, matchersText } from './labels/matchers.ts';
import { rulePage, ruleQuery } from './rulePath.ts';

export interface Place {
  readonly key: 'graph' | 'logs' | 'traces' | 'why' | 'rule';
  readonly to: string;
  readonly with: Patch;
}

interface Linked {
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAtMs: number;
  readonly generatorUrl: string;
}

const beforeMs = 15 * 60_000;

/** Where to look next from an alert: all over the time from a quarter of an hour before it began. */
export function placesOf({ labels, startsAtMs, generatorUrl }: Linked, nowMs: number): readonly Place[] {
  const time = absolute({ fromMs: startsAtMs - beforeMs, toMs: nowMs });
  const { language, text } = expressionIn(generatorUrl);
  const service = serviceOf(labels);
  const alert = labels.alertname ?? '';
  return [
    ...(text === ''
      ? []
      : [
          {
            key: 'graph' as const,
            to: language === 'promql' ? '/explore/metrics' : '/explore/logs',
            with: { q: text, ...time },
          },
        ]),
    ...(service === null
      ? []
      : [
          { key: 'logs' as const, to: '/explore/logs', with: { q: `{service=${JSON.stringify(service)}}`, ...time } },
          {
            key: 'traces' as const,
            to: '/explore/traces',
            with: { q: `{ resource.service.name = ${JSON.stringify(service)} && status = error }`, ...time },
          },
        ]),
    { key: 'why', to: '/alerts/why', with: whyQuery(labels) },
    { key: 'rule', to: rulePage, with: ruleQuery({ rule: alert }) },
  ];
}

/** The question why an alert with these labels did or did not page. */
export function whyQuery(labels: Readonly<Record<string, string>>, atMs?: number): Patch {
  const { alertname = '', ...rest } = labels;
  return { alert: alertname, labels: matchersText(exactly(rest)), at: atMs === undefined ? undefined : String(atMs) };
}

export const silencePage = '/alerts/silences/new';

/** A new silence of what has these labels. */
export function silenceQuery(labels: Readonly<Record<string, string>>): Patch {
  return { filter: matchersText(exactly(labels)) };
}
