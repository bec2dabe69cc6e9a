import { setTimeout as sleep } from 'node:timers/promises';
import { type Step, TIMELINE_SECONDS } from './timeline.ts';

/** Tells every program at these addresses (…/api/v2) the same at the same moments. */
export async function runTimeline(steps: readonly Step[], apis: readonly string[]): Promise<void> {
  const silences = apis.map(() => new Map<string, string>());
  const startedMs = performance.now();
  const until = (seconds: number): Promise<void> =>
    sleep(Math.max(0, seconds * 1000 - (performance.now() - startedMs)));
  for (const step of steps) {
    await until(step.at);
    await Promise.all(apis.map((api, i) => take(api, step, silences[i] ?? new Map())));
  }
  await until(TIMELINE_SECONDS);
}

async function take(api: string, step: Step, silences: Map<string, string>): Promise<void> {
  const now = Date.now();
  const iso = (inSeconds: number): string => new Date(now + inSeconds * 1000).toISOString();
  switch (step.kind) {
    case 'fire': {
      const { labels, annotations, forSeconds } = step;
      const end = forSeconds === undefined ? {} : { startsAt: iso(0), endsAt: iso(forSeconds) };
      await ask('POST', `${api}/alerts`, [{ labels, annotations, ...end }]);
      return;
    }
    case 'resolve':
      await ask('POST', `${api}/alerts`, [{ labels: step.labels, startsAt: iso(-0.01), endsAt: iso(-0.005) }]);
      return;
    case 'silence': {
      const matchers = Object.entries(step.matchers).map(([name, value]) => ({ name, value, isRegex: false }));
      const times = { startsAt: iso(0), endsAt: iso(step.forSeconds) };
      const text = await ask('POST', `${api}/silences`, {
        matchers,
        ...times,
        createdBy: 'timeline',
        comment: step.name,
      });
      silences.set(step.name, (JSON.parse(text) as { silenceID: string }).silenceID);
      return;
    }
    case 'expire':
      await ask('DELETE', `${api}/silence/${silences.get(step.name)}`);
  }
}

async function ask(method: string, url: string, body?: unknown): Promise<string> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} from ${method} ${url}: ${text}`);
  return text;
}
