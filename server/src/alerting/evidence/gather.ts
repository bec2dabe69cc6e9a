import { type AlertExpression, expressionIn, type Plotted, plottedOf } from '@trilith/lang/plotted';
import type { Alert } from '../../model/alert.ts';
import { labelsFrom } from '../../model/labels.ts';
import type { Notification } from '../notify/notifier.ts';
import { type Evidence, type EvidencePiece, NO_EVIDENCE } from '../templates/evidence_data.ts';
import { drawGraph } from './graph.ts';
import { type Asked, askChanges, askLogLines, askNewPatterns, askSeries, askService, askTrace } from './questions.ts';

/** What evidence is gathered from. */
export interface EvidenceSources {
  /** GET of one of our own endpoints; rejects where it has no answer. */
  readonly ask: (path: string, query: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<unknown>;
  /** Where people reach the program, without a slash at the end; empty when that is not known. */
  readonly externalUrl: () => string;
  /** Keeps a picture and says under which id it can be fetched. */
  readonly keep: (png: Uint8Array<ArrayBuffer>) => Promise<string>;
  /** The page with the runbook of an alert; empty for none. */
  readonly runbookOf: (alert: Pick<Alert, 'labels' | 'annotations'>) => string;
  readonly counted: (piece: EvidencePiece, outcome: (typeof EVIDENCE_OUTCOMES)[number]) => void;
}

/** `empty`: there is nothing to show. `late`: not within the deadline. */
export const EVIDENCE_OUTCOMES = ['found', 'empty', 'late', 'failed'] as const;

/** A page waits this long for its evidence, ms. */
const DEADLINE_MS = 2_000;
const HOUR_MS = 3_600_000;
const STEPS = 120;
/** Notifications of which the evidence is kept for the next attempt and the other integrations. */
const MOST_KEPT = 200;

/** Gathers evidence once per flush of a group: later attempts and other integrations get the same. Never rejects. */
export function createEvidence(sources: EvidenceSources): (notification: Notification) => Promise<Evidence> {
  const kept = new Map<string, Promise<Evidence>>();
  return (notification) => {
    const key = `${notification.groupKey} ${notification.nowMs}`;
    let found = kept.get(key);
    if (found === undefined) {
      found = gather(notification, sources);
      kept.set(key, found);
      const [oldest] = kept.keys();
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    }
    return found;
  };
}

async function gather(notification: Notification, sources: EvidenceSources): Promise<Evidence> {
  const { counted, externalUrl } = sources;
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const late = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  const subject = subjectOf(notification);
  const time = { fromMs: notification.nowMs - HOUR_MS, toMs: notification.nowMs };
  const ask: Asked['ask'] = (path, query) => sources.ask(path, query, signal);
  const asked: Asked = { ...time, ask, service: serviceOf(subject, { ...time, ask }) };
  const tooLate: EvidencePiece[] = [];
  /** A piece that is missing is left out of the page, and counted. */
  const piece = async <Found>(
    name: EvidencePiece,
    find: () => Promise<Found | undefined>,
  ): Promise<Found | undefined> => {
    try {
      const found = await Promise.race([find(), late]);
      if (found === undefined && signal.aborted) tooLate.push(name);
      counted(name, found !== undefined ? 'found' : signal.aborted ? 'late' : 'empty');
      return found;
    } catch {
      // Counted: a page does not wait for a reason nobody reads at night.
      if (signal.aborted) tooLate.push(name);
      counted(name, signal.aborted ? 'late' : 'failed');
      return undefined;
    }
  };
  const plotted = plottedOf(subject.expression);
  const [graph, logLines, newPatterns, changes, traceId] = await Promise.all([
    piece('graph', async () => (plotted === undefined ? undefined : graphOf(plotted, subject, asked, sources))),
    piece('log_lines', () => askLogLines(asked)),
    piece('patterns', () => askNewPatterns(asked)),
    piece('changes', () => askChanges(asked, DEADLINE_MS / 2)),
    piece('trace', () => askTrace(plotted?.language === 'promql' ? plotted.expr : undefined, asked)),
  ]);
  const base = externalUrl();
  const link = (path: string): string => (base === '' ? '' : `${base}${path}`);
  const range = `from=${asked.fromMs}&to=${asked.toMs}`;
  return {
    ...NO_EVIDENCE,
    expression: subject.expression.text,
    graphUrl: graph === undefined ? '' : link(`/api/alerts/evidence/${graph.id}.png`),
    graphPng: graph?.png,
    logLines: logLines ?? [],
    logsUrl:
      logLines === undefined
        ? ''
        : link(`/explore/logs?${range}&q=${encodeURIComponent(`{service=${JSON.stringify(await asked.service)}}`)}`),
    traceId: traceId ?? '',
    traceUrl: traceId === undefined ? '' : link(`/trace/${traceId}`),
    newPatterns: newPatterns ?? [],
    changes: changes ?? [],
    late: tooLate,
    runbookUrl: subject.alert === undefined ? '' : sources.runbookOf(subject.alert),
  };
}

/** What a group of alerts is about, as far as its first firing alert says. */
interface Subject {
  readonly alert: Alert | undefined;
  readonly service: string;
  readonly expression: AlertExpression;
  readonly labels: ReadonlyMap<string, string>;
}

/** An expression that sums over everything leaves alerts no label of a service: then it is that of the series it reads. */
async function serviceOf({ service, expression }: Subject, asked: Omit<Asked, 'service'>): Promise<string> {
  if (service !== '') return service;
  try {
    return (await askService(expression, asked)) ?? '';
  } catch {
    // Then what needs a service is counted as empty.
    return '';
  }
}

function subjectOf({ alerts }: Notification): Subject {
  const alert = alerts.find(({ resolved }) => !resolved) ?? alerts[0];
  const labels = new Map(pairsOf(alert?.labels ?? []));
  return {
    alert,
    service: labels.get('service') ?? labels.get('service_name') ?? '',
    expression: expressionIn(alert?.generatorUrl ?? ''),
    labels,
  };
}

function pairsOf(labels: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < labels.length; i += 2) pairs.push([labels[i] ?? '', labels[i + 1] ?? '']);
  return pairs;
}

/** The lines of the group's own series, or where none is the group's own, of all. */
async function graphOf(
  plotted: Plotted,
  { labels, expression }: Subject,
  asked: Asked,
  { keep }: EvidenceSources,
): Promise<{ id: string; png: Uint8Array<ArrayBuffer> } | undefined> {
  const stepMs = HOUR_MS / STEPS;
  const all = await askSeries(plotted, stepMs, asked);
  if (all.length === 0) return undefined;
  const own = all.filter((series) =>
    labelsFrom(Object.entries(series.labels)).every(
      (text, i, flat) => i % 2 === 1 || text === '__name__' || labels.get(text) === flat[i + 1],
    ),
  );
  const png = drawGraph({
    title: expression.text,
    fromMs: asked.fromMs,
    toMs: asked.toMs,
    series: own.length === 0 ? all : own,
    threshold: plotted.threshold,
    gapMs: 3 * stepMs,
  });
  return { id: await keep(png), png };
}
