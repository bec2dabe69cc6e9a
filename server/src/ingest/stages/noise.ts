import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { LogRows } from '../../model/stages.ts';
import { wordOf } from './masking_stage.ts';

/** A rule of noise control. The first rule that a line matches decides about it; a line that none matches is kept. */
export interface NoiseRule {
  readonly name: string;
  readonly action: 'drop' | 'sample' | 'rate_limit';
  /** Services it is for; none: all. */
  readonly services: readonly string[];
  /** Levels it is for, as stored, UNKNOWN for lines without one; none: all below ERROR. */
  readonly levels: readonly string[];
  /** Text a line must contain. */
  readonly contains?: string | undefined;
  /** An RE2 pattern that must be found in a line. */
  readonly pattern?: string | undefined;
  /** Of `sample`: the share that is kept, 0 to 1. */
  readonly keep?: number | undefined;
  /** Of `rate_limit`: lines a second of each service that are kept. */
  readonly lines_per_second?: number | undefined;
}

/** A rule that cannot be used; the message says why. */
export class NoiseRuleError extends Error {
  override readonly name = 'NoiseRuleError';
}

/** What a rule kept from being stored. */
export type CountDropped = (rule: string, lines: number, bytes: number) => void;

export interface NoiseControl {
  /** Drops rows. `nowMs` is the time of arrival, ms. */
  apply(rows: LogRows, nowMs: number, count: CountDropped): void;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

interface CompiledRule {
  readonly rule: NoiseRule;
  readonly services: ReadonlySet<string> | undefined;
  readonly levels: ReadonlySet<string>;
  readonly contains: Uint8Array | undefined;
  readonly pattern: RE2JS | undefined;
  /** Lines whose hash is below it are kept. */
  readonly keptBelow: number;
  /** Lines a second left of a rate limit, by service. */
  readonly buckets: Map<string, Bucket>;
}

/** What a rule without levels is for: errors are never dropped unless a rule names their level. */
const BELOW_ERROR = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'UNKNOWN'];
const TWO_TO_32 = 4_294_967_296;
/** Services a rate limit remembers; more are let go, the longest-known first. */
const MOST_BUCKETS = 10_000;

/** Throws NoiseRuleError. */
export function createNoiseControl(rules: readonly NoiseRule[]): NoiseControl {
  const compiled = rules.map(compileRule);
  return {
    apply(rows, nowMs, count) {
      const forServices = wordsOf(rows.serviceName.words, (service) =>
        compiled.filter(({ services }) => services === undefined || services.has(service)),
      );
      const levels = wordsOf(rows.severityText.words, (level) => (level === '' ? 'UNKNOWN' : level));
      const services = wordsOf(rows.serviceName.words, (service) => service);
      let kept: Uint8Array | undefined;
      for (let row = 0; row < rows.rows; row++) {
        const service = rows.serviceName.index(row);
        const level = levels[rows.severityText.index(row)] ?? 'UNKNOWN';
        for (const rule of forServices[service] ?? []) {
          if (!rule.levels.has(level) || !matchesLine(rule, rows, row)) continue;
          if (!keeps(rule, rows, row, services[service] ?? '', nowMs)) {
            kept ??= new Uint8Array(rows.rows).fill(1);
            kept[row] = 0;
            count(rule.rule.name, 1, rows.body.start(row + 1) - rows.body.start(row));
          }
          break;
        }
      }
      if (kept !== undefined) rows.keepRows(kept);
    },
  };
}

function compileRule(rule: NoiseRule): CompiledRule {
  const { name, action, keep, lines_per_second: linesPerSecond } = rule;
  if (action === 'sample' && keep === undefined) throw new NoiseRuleError(`rule ${name}: sample needs keep, 0 to 1`);
  if (action === 'rate_limit' && linesPerSecond === undefined)
    throw new NoiseRuleError(`rule ${name}: rate_limit needs lines_per_second`);
  return {
    rule,
    services: rule.services.length === 0 ? undefined : new Set(rule.services),
    levels: new Set(rule.levels.length === 0 ? BELOW_ERROR : rule.levels),
    contains: rule.contains === undefined ? undefined : Buffer.from(rule.contains),
    pattern: rule.pattern === undefined ? undefined : compilePattern(name, rule.pattern),
    keptBelow: (keep ?? 0) * TWO_TO_32,
    buckets: new Map(),
  };
}

function compilePattern(name: string, pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new NoiseRuleError(`rule ${name}: ${error.message}`, { cause: error });
  }
}

function wordsOf<T>(words: LogRows['serviceName']['words'], made: (word: string) => T): T[] {
  return Array.from({ length: words.rows }, (_, index) => made(wordOf(words, index)));
}

function matchesLine({ contains, pattern }: CompiledRule, { body }: LogRows, row: number): boolean {
  if (contains === undefined && pattern === undefined) return true;
  const line = Buffer.from(
    body.bytes.buffer,
    body.bytes.byteOffset + body.start(row),
    body.start(row + 1) - body.start(row),
  );
  if (contains !== undefined && !line.includes(contains)) return false;
  return pattern === undefined || pattern.matcher(line).find();
}

function keeps(compiled: CompiledRule, rows: LogRows, row: number, service: string, nowMs: number): boolean {
  const { rule, keptBelow, buckets } = compiled;
  if (rule.action === 'drop') return false;
  if (rule.action === 'sample') return hashOfRow(rows, row) < keptBelow;
  return takeToken(buckets, service, rule.lines_per_second ?? 0, nowMs);
}

/**
 * All lines of a trace share its id's hash, so a trace is kept or dropped as a whole, by every process alike. A line
 * without one has a hash of its bytes and its time: sent again it is decided the same way again.
 */
function hashOfRow(rows: LogRows, row: number): number {
  const { traceId, body } = rows;
  const traced = traceId.start(row + 1) > traceId.start(row);
  const { bytes } = traced ? traceId : body;
  const start = (traced ? traceId : body).start(row);
  const end = (traced ? traceId : body).start(row + 1);
  let hash = traced ? 0x811c_9dc5 : Math.imul(rows.timestamp.ms(row) % TWO_TO_32, 0x9e37_79b1) ^ 0x811c_9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A token bucket that holds a second's worth, at least one line. */
function takeToken(buckets: Map<string, Bucket>, service: string, perSecond: number, nowMs: number): boolean {
  const most = Math.max(1, perSecond);
  let bucket = buckets.get(service);
  if (bucket === undefined) {
    if (buckets.size >= MOST_BUCKETS) buckets.delete(buckets.keys().next().value ?? '');
    bucket = { tokens: most, filledMs: nowMs };
    buckets.set(service, bucket);
  }
  bucket.tokens = Math.min(most, bucket.tokens + (Math.max(0, nowMs - bucket.filledMs) / 1000) * perSecond);
  bucket.filledMs = nowMs;
  if (bucket.tokens < 1) return false;
  bucket.tokens--;
  return true;
}
