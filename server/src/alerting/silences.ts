import { randomUUID } from 'node:crypto';
import { type Labels, labelValue, type Matcher } from '../model/labels.ts';
import type { Records } from '../state/index.ts';
import { compileMatcher, goQuote, type LabelMatcher, MatcherError, matchesAll } from './matchers/matcher.ts';
import { isLabelName } from './matchers/parse.ts';

/** Alerts that satisfy every matcher are told to nobody between the two times (ms). */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly updatedAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export type SilenceState = 'pending' | 'active' | 'expired';

/** A silence that cannot be made, or the id of none; the message is upstream's. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError';
  readonly kind: 'invalid' | 'unknown';
  constructor(kind: SilenceError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface Silences {
  /** Reads what is stored. Throws as the records do. */
  load(): Promise<void>;
  /** Makes a silence or changes one; its id when it is on disk. Throws SilenceError, and as the records do. */
  set(silence: SilenceRequest, author: string): Promise<string>;
  /** Ends a silence now; resolves when that is on disk. Throws SilenceError, and as the records do. */
  expire(id: string, author: string): Promise<void>;
  get(id: string): Silence | undefined;
  all(): readonly Silence[];
  /** Ids of the active silences that match, in order. */
  by(labels: Labels): readonly string[];
}

/** A silence as it is asked for: an id changes the silence with it, an empty one makes a new one. */
export type SilenceRequest = Omit<Silence, 'updatedAtMs'>;

export interface SilencesOptions {
  readonly tenant: string;
  readonly records: Records<Silence>;
  readonly nowMs: () => number;
  readonly most: number;
}

/** How long a silence that is over is kept and shown (`--data.retention`), ms. */
const RETENTION_MS = 120 * 3_600_000;
/** Matchers of one silence, and bytes of all its texts. */
const MAX_MATCHERS = 64;
const MAX_TEXT_BYTES = 65_536;

interface Held {
  readonly silence: Silence;
  readonly matchers: readonly LabelMatcher[];
}

export function silenceState({ startsAtMs, endsAtMs }: Silence, nowMs: number): SilenceState {
  if (nowMs < startsAtMs) return 'pending';
  return nowMs >= endsAtMs ? 'expired' : 'active';
}

/** Silences of a tenant: in memory, and in records that survive any restart. */
export function createSilences({ tenant, records, nowMs, most }: SilencesOptions): Silences {
  const held = new Map<string, Held>();
  let index = silenceIndex([]);
  const take = (...silences: readonly Silence[]): void => {
    for (const silence of silences) held.set(silence.id, { silence, matchers: silence.matchers.map(compileMatcher) });
    for (const [id, { silence }] of held) if (silence.endsAtMs + RETENTION_MS <= nowMs()) held.delete(id);
    index = silenceIndex([...held.values()]);
  };
  const keep = async (silence: Silence, author: string): Promise<void> => {
    await records.put(tenant, silence.id, silence, author);
    take(silence);
  };
  const expired = (silence: Silence, atMs: number): Silence => ({
    ...silence,
    startsAtMs: Math.min(silence.startsAtMs, atMs),
    endsAtMs: Math.min(silence.endsAtMs, atMs),
    updatedAtMs: atMs,
  });
  return {
    async load() {
      take(...(await records.all(tenant)).values());
    },
    async set(request, author) {
      const atMs = nowMs();
      check(request);
      const known = request.id === '' ? undefined : held.get(request.id)?.silence;
      if (request.id !== '' && known === undefined) throw new SilenceError('unknown', 'silence not found');
      if (known !== undefined && canChange(known, request, atMs)) {
        await keep({ ...request, updatedAtMs: atMs }, author);
        return request.id;
      }
      if (held.size >= most)
        throw new SilenceError('invalid', `exceeded maximum number of silences: ${held.size} (limit: ${most})`);
      if (known !== undefined && silenceState(known, atMs) !== 'expired') await keep(expired(known, atMs), author);
      const id = randomUUID();
      await keep({ ...request, id, startsAtMs: Math.max(request.startsAtMs, atMs), updatedAtMs: atMs }, author);
      return id;
    },
    async expire(id, author) {
      const silence = held.get(id)?.silence;
      if (silence === undefined) throw new SilenceError('unknown', 'silence not found');
      const atMs = nowMs();
      if (silenceState(silence, atMs) !== 'expired') await keep(expired(silence, atMs), author);
    },
    get: (id) => held.get(id)?.silence,
    all: () => [...held.values()].map(({ silence }) => silence),
    by: (labels) => index(labels, nowMs()),
  };
}

/**
 * Finds the silences of a label set: those that ask one label to be equal to something stand under that label and value,
 * so that an alert is held against few of many.
 */
function silenceIndex(all: readonly Held[]): (labels: Labels, nowMs: number) => readonly string[] {
  const byLabel = new Map<string, Map<string, Held[]>>();
  const others: Held[] = [];
  for (const held of all) {
    const equal = held.matchers.find(({ operator, value }) => operator === '=' && value !== '');
    const byValue = byLabel.get(equal?.name ?? '') ?? new Map<string, Held[]>();
    const alike = equal === undefined ? others : (byValue.get(equal.value) ?? []);
    alike.push(held);
    if (equal !== undefined) byLabel.set(equal.name, byValue.set(equal.value, alike));
  }
  return (labels, nowMs) => {
    const found: string[] = [];
    const look = ({ silence, matchers }: Held): void => {
      if (silenceState(silence, nowMs) === 'active' && matchesAll(matchers, labels)) found.push(silence.id);
    };
    others.forEach(look);
    for (const [name, byValue] of byLabel) byValue.get(labelValue(labels, name))?.forEach(look);
    return found.sort();
  };
}

/** silence.validateSilence. */
function check(silence: SilenceRequest): void {
  const refuse = (message: string): never => {
    throw new SilenceError('invalid', `invalid silence: ${message}`);
  };
  const { matchers, startsAtMs, endsAtMs } = silence;
  if (matchers.length === 0) refuse('matcher set 0 is empty');
  if (matchers.length > MAX_MATCHERS) refuse(`more than ${MAX_MATCHERS} matchers`);
  let onlyEmpty = true;
  for (const [i, matcher] of matchers.entries()) {
    const problem = matcherProblem(matcher);
    if (problem !== undefined) refuse(`invalid label matcher ${i} in set 0: ${problem}`);
    const negative = matcher.operator === '!=' || matcher.operator === '!~';
    onlyEmpty &&= !negative && compileMatcher(matcher).matches('');
  }
  if (onlyEmpty) refuse('matcher set 0: at least one matcher must not match the empty string');
  if (endsAtMs < startsAtMs) refuse('end time must not be before start time');
  const size = Buffer.byteLength(JSON.stringify(silence));
  if (size > MAX_TEXT_BYTES)
    throw new SilenceError('invalid', `silence exceeded maximum size: ${size} bytes (limit: ${MAX_TEXT_BYTES} bytes)`);
}

function matcherProblem(matcher: Matcher): string | undefined {
  if (!isLabelName(matcher.name)) return `invalid label name ${goQuote(matcher.name)}`;
  if (!matcher.value.isWellFormed()) return `invalid label value ${goQuote(matcher.value)}`;
  try {
    compileMatcher(matcher);
    return undefined;
  } catch (error) {
    if (error instanceof MatcherError) return `invalid regular expression ${goQuote(matcher.value)}: ${error.message}`;
    throw error;
  }
}

/** Whether the change leaves history as it was; if not, the old silence ends and a new one begins (silence.canUpdate). */
function canChange(from: Silence, to: SilenceRequest, nowMs: number): boolean {
  const written = (matchers: readonly Matcher[]): string =>
    JSON.stringify(matchers.map(({ name, operator, value }) => [name, operator, value]));
  if (written(from.matchers) !== written(to.matchers)) return false;
  switch (silenceState(from, nowMs)) {
    case 'active':
      return seconds(from.startsAtMs) === seconds(to.startsAtMs) && to.endsAtMs >= nowMs;
    case 'pending':
      return to.startsAtMs >= nowMs;
    case 'expired':
      return false;
  }
}

const seconds = (timeMs: number): number => Math.floor(timeMs / 1000);

/** A silence out of its record; undefined for what cannot be read. */
export function parseSilence(json: unknown): Silence | undefined {
  if (typeof json !== 'object' || json === null || !('id' in json) || !('matchers' in json)) return undefined;
  const silence = json as Silence;
  const isText = typeof silence.id === 'string' && Array.isArray(silence.matchers);
  if (!isText || !Number.isFinite(silence.endsAtMs) || !Number.isFinite(silence.startsAtMs)) return undefined;
  const isMatcher = (matcher: Matcher): boolean =>
    typeof matcher?.name === 'string' && typeof matcher.value === 'string' && matcherProblem(matcher) === undefined;
  return silence.matchers.every(isMatcher) ? silence : undefined;
}
