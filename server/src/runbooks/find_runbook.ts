import type { RunbookLink } from '@trilith/contract';
import { pageOf } from './address.ts';
import { type Library, runbookAt } from './library.ts';
import type { Runbook } from './runbook.ts';

/** An alert, or a rule with its annotations as they are written. */
export interface RunbookSubject {
  readonly alertname: string;
  readonly annotations: ReadonlyMap<string, string>;
}

/** Annotations that name a runbook; the first that leads to a page counts. */
const ANNOTATIONS = ['runbook_url', 'runbook'];

/** Where runbooks are looked for. */
export interface RunbookPlaces {
  readonly library: Library;
  /** Addresses below which the folder's runbooks are said to be. */
  readonly baseUrls: readonly string[];
  /** What is known of an address elsewhere: undefined while nothing is, empty when it opens, else why not. */
  readonly known: (address: string) => string | undefined;
}

/**
 * The runbook of an alert: what an annotation names (an address, a path in the folder), else the file whose front matter names the alert,
 * else the file named as the alert is: `HighErrorRate` is `high-error-rate.md`, `high_error_rate.md`, in any folder. An annotation that
 * leads nowhere gives way to a file. Undefined where nothing names one.
 */
export function findRunbook(subject: RunbookSubject, places: RunbookPlaces): RunbookLink | undefined {
  const said = ANNOTATIONS.map((name) => subject.annotations.get(name)?.trim() ?? '').filter((text) => text !== '');
  const named = said.map((text) => linkOf(text, places));
  const page = named.find(({ name }) => name !== '');
  if (page !== undefined) return page;
  const elsewhere = named.find(({ href }) => href !== '');
  if (elsewhere !== undefined) return elsewhere;
  const { byAlert, byName } = namesOf(places.library.runbooks);
  const listed = byAlert.get(subject.alertname);
  if (listed !== undefined) return linkTo(listed, 'front_matter');
  const called = byName.get(plainName(subject.alertname));
  if (called !== undefined) return linkTo(called, 'file_name');
  return named[0];
}

function linkTo(runbook: Runbook, by: RunbookLink['by'], heading = ''): RunbookLink {
  return { href: pageOf(runbook.name, heading), name: runbook.name, title: runbook.title, by, opens: true, error: '' };
}

function linkOf(said: string, { library, baseUrls, known }: RunbookPlaces): RunbookLink {
  const base = { href: '', name: '', title: said, by: 'annotation' } as const;
  // What a template makes of it is only known when the alert fires.
  if (said.includes('{{')) return { ...base, opens: null, error: '' };
  const isAddress = /^https?:\/\//i.test(said);
  const inFolder = isAddress ? below(said, baseUrls) : said.replace(/^\/+/, '');
  if (inFolder === undefined) {
    if (!URL.canParse(said)) return { ...base, opens: false, error: 'it is no address' };
    const { href } = new URL(said);
    const error = known(href);
    return { ...base, href, opens: error === undefined ? null : error === '', error: error ?? '' };
  }
  const [path = '', heading = ''] = inFolder.split('#');
  const runbook = runbookAt(path.replace(/\.(?:md|html?)$/i, '').replace(/\/+$/, ''), library);
  if (runbook !== undefined) return linkTo(runbook, 'annotation', heading);
  return { ...base, opens: false, error: `${path.replace(/\.md$/i, '')}.md is not in the folder of runbooks` };
}

/** The part of an address below one of the bases, the longest that fits; undefined where none does. */
function below(address: string, baseUrls: readonly string[]): string | undefined {
  const fitting = baseUrls
    .map((base) => (base.endsWith('/') ? base : `${base}/`))
    .filter((base) => address.toLowerCase().startsWith(base.toLowerCase()))
    .sort((a, b) => b.length - a.length)[0];
  if (fitting === undefined) return undefined;
  const [path = '', hash] = address.slice(fitting.length).split('#');
  const rest = path.split('?')[0] ?? '';
  try {
    return decodeURIComponent(rest) + (hash === undefined ? '' : `#${decodeURIComponent(hash)}`);
  } catch {
    // A stray % is part of a name.
    return rest;
  }
}

/** Letters and digits alone, in lower case: the same for HighErrorRate, high-error-rate and high_error_rate. */
const plainName = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

interface RunbookNames {
  /** By the names of alerts that front matter lists. */
  readonly byAlert: ReadonlyMap<string, Runbook>;
  /** By the plain name of the file, and of its whole path (`payments/latency` is PaymentsLatency's). */
  readonly byName: ReadonlyMap<string, Runbook>;
}

const namesOfRunbooks = new WeakMap<Library['runbooks'], RunbookNames>();

function namesOf(runbooks: Library['runbooks']): RunbookNames {
  const known = namesOfRunbooks.get(runbooks);
  if (known !== undefined) return known;
  // The first of several files counts: it is put in last.
  const all = [...runbooks.values()].reverse();
  const whole = all.map((runbook) => [plainName(runbook.name), runbook] as const);
  const last = all.map((runbook) => [plainName(runbook.name.split('/').at(-1) ?? ''), runbook] as const);
  const byName = new Map([...whole, ...last]);
  byName.delete('');
  const byAlert = new Map(all.flatMap((runbook) => runbook.alerts.map((alert) => [alert, runbook] as const)));
  const names = { byAlert, byName };
  namesOfRunbooks.set(runbooks, names);
  return names;
}
