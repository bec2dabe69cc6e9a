import type { SpanRows, WordEntries } from '../../model/stages.ts';
import { wordOf } from '../stages/masking_stage.ts';
import type { StageTally } from '../stages/tally.ts';
import type { SamplingRule, SamplingSettings } from './settings.ts';

/** What the rules made of a trace. */
export interface Decision {
  /** The rule that decided; empty: none matched. */
  readonly rule: string;
  /** The share of its like that is dropped. */
  readonly dropped: number;
}

interface TraceState {
  readonly sinceMs: number;
  /** The trace's randomness, 0 to 1. */
  readonly random: number;
  spans: number;
  /** The number of the first rule one of its spans matched; that of none is behind the last. */
  rule: number;
}

/** Decisions remembered for spans that come late. */
const MOST_DECIDED = 200_000;
const STATUS = { unset: 0, ok: 1, error: 2 } as const;
const TWO_32 = 4_294_967_296;

/** Decides about traces by their spans, once they have had time to come; holds requests until then. Of one tenant. */
export class TailSampling<Request extends { readonly body: Uint8Array; readonly traces: ReadonlySet<string> }> {
  #settings: SamplingSettings;
  readonly #open = new Map<string, TraceState>();
  readonly #decided = new Map<string, Decision>();
  #held: Request[] = [];
  #heldBytes = 0;
  /** Requests decided at once because too much was held. */
  early = 0;

  constructor(settings: SamplingSettings) {
    this.#settings = settings;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get heldRequests(): number {
    return this.#held.length;
  }

  /** Takes up other rules; traces that wait are decided by those before. */
  configure(settings: SamplingSettings): void {
    this.decide(this.#open.keys(), undefined);
    this.#settings = settings;
  }

  /**
   * Looks at spans that have come; the result is the decision about each row's trace, undefined while it waits.
   * @param concerns whether a row is asked about
   */
  look(
    rows: SpanRows,
    random: Float64Array,
    concerns: (row: number) => boolean,
    nowMs: number,
    tally: StageTally,
  ): (Decision | undefined)[] {
    const matching = matcherOf(this.#settings.rules, rows);
    return Array.from({ length: rows.rows }, (_, row) => {
      if (!concerns(row)) return undefined;
      const traceId = wordOf(rows.traceId, row);
      const rule = matching(row);
      const known = this.#decided.get(traceId);
      if (known !== undefined) {
        const decision = this.#late(known, rule);
        if (decision !== known) this.#decided.set(traceId, decision);
        count(tally, decision, random[row] as number, 1);
        return decision;
      }
      const open = this.#open.get(traceId);
      if (open === undefined)
        this.#open.set(traceId, { sinceMs: nowMs, random: random[row] as number, spans: 1, rule });
      else {
        open.rule = Math.min(open.rule, rule);
        open.spans++;
      }
      return undefined;
    });
  }

  /** Whether a request of this size can be held; else its traces are to be decided now. */
  hasRoom(bytes: number): boolean {
    if (this.#heldBytes + bytes <= this.#settings.held_mib * 1024 * 1024) return true;
    this.early++;
    return false;
  }

  hold(request: Request): void {
    this.#held.push(request);
    this.#heldBytes += request.body.length;
  }

  /** A request that was not kept in the log is held no longer: its sender has it. */
  forget(request: Request): void {
    const { length } = this.#held;
    this.#held = this.#held.filter((held) => held !== request);
    if (this.#held.length < length) this.#heldBytes -= request.body.length;
  }

  /** Decides about every trace that has waited long enough. */
  decideDue(nowMs: number, tally: StageTally): void {
    const beforeMs = nowMs - this.#settings.wait_seconds * 1000;
    const due: string[] = [];
    for (const [traceId, { sinceMs }] of this.#open) {
      // They stand in the order in which they came.
      if (sinceMs > beforeMs) break;
      due.push(traceId);
    }
    this.decide(due, tally);
  }

  /** Decides about these traces now. */
  decide(traces: Iterable<string>, tally: StageTally | undefined): void {
    for (const traceId of [...traces]) this.#decide(traceId, tally);
  }

  /** Requests all of whose traces are decided, up to a size in bytes; they are held no longer. */
  release(mostBytes: number): Request[] {
    const released: Request[] = [];
    let bytes = 0;
    this.#held = this.#held.filter((request) => {
      if (bytes >= mostBytes || [...request.traces].some((traceId) => this.#open.has(traceId))) return true;
      released.push(request);
      bytes += request.body.length;
      return false;
    });
    this.#heldBytes -= bytes;
    return released;
  }

  /** The decision about a trace; one that is not remembered is kept. */
  decisionOf(traceId: string): Decision {
    return this.#decided.get(traceId) ?? KEPT;
  }

  #decide(traceId: string, tally: StageTally | undefined): void {
    const open = this.#open.get(traceId);
    if (open === undefined) return;
    this.#open.delete(traceId);
    const decision = this.#decisionBy(open.rule);
    if (tally !== undefined) count(tally, decision, open.random, open.spans);
    if (this.#decided.size >= MOST_DECIDED) this.#decided.delete(this.#decided.keys().next().value ?? '');
    this.#decided.set(traceId, decision);
  }

  #decisionBy(rule: number): Decision {
    const decisive = this.#settings.rules[rule];
    return decisive === undefined ? KEPT : { rule: decisive.name, dropped: 1 - decisive.keep };
  }

  /** A span that comes after the decision follows it, unless a rule that keeps more wants it by itself. */
  #late(known: Decision, rule: number): Decision {
    const own = rule < this.#settings.rules.length ? this.#decisionBy(rule) : known;
    return own.dropped < known.dropped ? own : known;
  }
}

const KEPT: Decision = { rule: '', dropped: 0 };

function count(tally: StageTally, { rule, dropped }: Decision, random: number, spans: number): void {
  tally.sampled(rule, random >= dropped ? spans : 0, spans);
}

/** Gives for a row the number of the first rule it matches, the number of rules when none. */
function matcherOf(rules: readonly SamplingRule[], rows: SpanRows): (row: number) => number {
  const services = rows.serviceName.words;
  const tests = rules.map((rule) => {
    const allowed = Array.from(
      { length: services.rows },
      (_, word) => rule.services.length === 0 || rule.services.includes(wordOf(services, word)),
    );
    const attributes = Object.entries(rule.attributes ?? {}).map(([name, value]) => attributeTest(rows, name, value));
    return (row: number): boolean =>
      allowed[rows.serviceName.index(row)] === true &&
      (rule.status === undefined || rows.statusCode.index(row) === STATUS[rule.status]) &&
      (rule.slower_than_ms === undefined || millisecondsOf(rows, row) > rule.slower_than_ms) &&
      attributes.every((test) => test(row));
  });
  return (row) => {
    const found = tests.findIndex((test) => test(row));
    return found < 0 ? rules.length : found;
  };
}

function millisecondsOf({ duration }: SpanRows, row: number): number {
  return (duration.high(row) * TWO_32 + duration.low(row)) / 1e6;
}

/** Whether a row's span, or else its resource, has the attribute with this value. */
function attributeTest(rows: SpanRows, name: string, value: string): (row: number) => boolean {
  const ofSpan = valueTest(rows.attributes, name, value);
  const ofResource = valueTest(rows.resourceAttributes, name, value);
  return (row) => ofSpan(row) || ofResource(row);
}

function valueTest({ values, offsets, pairs }: WordEntries, name: string, value: string): (row: number) => boolean {
  const names = pairs.keys.words;
  const isName = Array.from({ length: names.rows }, (_, word) => wordOf(names, word) === name);
  const isWanted = Array.from(
    { length: pairs.keys.rows },
    (_, pair) => isName[pairs.keys.index(pair)] === true && wordOf(pairs.values, pair) === value,
  );
  if (!isWanted.includes(true)) return () => false;
  return (row) => {
    const end = offsets.at(row);
    for (let entry = row === 0 ? 0 : offsets.at(row - 1); entry < end; entry++)
      if (isWanted[values.index(entry)] === true) return true;
    return false;
  };
}
