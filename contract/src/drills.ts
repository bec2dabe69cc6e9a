import * as v from 'valibot';
import { epochMs } from './units.ts';

const MOST_TEXT = 64 * 1024;
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const rule = v.object({ file: v.string(), group: v.string(), rule: v.string() });

/**
 * Hops of a drill in their order, from what makes the rule true to the last notification. `told`: the receiver took the
 * notification about the end.
 */
export const drillHopNames = [
  'start',
  'series',
  'pending',
  'firing',
  'route',
  'receiver',
  'runbook',
  'evidence',
  'acknowledged',
  'escalated',
  'resolved',
  'told',
] as const;
const drillHopName = v.picklist(drillHopNames);
export type DrillHopName = v.InferOutput<typeof drillHopName>;

const drillHop = v.object({
  hop: drillHopName,
  /** `skipped`: not asked for, or not needed any more. A drill ends with its first failed hop; those after it stay `waiting`. */
  outcome: v.picklist(['waiting', 'passed', 'failed', 'skipped']),
  /** When it passed or failed; null before, and for a skipped one. */
  atMs: v.nullable(epochMs),
  /** Since the hop before it, ms; in the injected telemetry's own time where `isVirtual`. */
  tookMs: v.nullable(v.number()),
  isVirtual: v.boolean(),
  /** Of the hop that is waited for now: when it fails; else null. */
  deadlineMs: v.nullable(epochMs),
  /** What was seen. */
  text: v.string(),
  /** What to do about a failed hop; else empty. */
  advice: v.string(),
});
export type DrillHop = v.InferOutput<typeof drillHop>;

/** An attempt at a receiver with the drill's alert in it, as in the ledger. */
const drillAttempt = v.object({
  atMs: epochMs,
  receiver: v.string(),
  integration: v.string(),
  outcome: v.picklist(['accepted', 'retried', 'failed']),
  status: v.number(),
  providerId: v.string(),
  latencyMs: v.number(),
  error: v.string(),
  /** It told the end. */
  resolved: v.boolean(),
});

/** A drill that runs or has run; kept for good. Its `id` is the value of the label `trilith_drill` in alerts and the ledger. */
export const drillRun = v.object({
  id: v.string(),
  name: v.string(),
  rule,
  /** `inject`: telemetry in virtual time. `fault`: a fault is switched on, and live telemetry is watched. */
  kind: v.picklist(['inject', 'fault']),
  state: v.picklist(['running', 'passed', 'failed', 'stopped']),
  author: v.string(),
  startedAtMs: epochMs,
  endedAtMs: v.nullable(epochMs),
  /** Where it failed. */
  failedHop: v.nullable(drillHopName),
  /** What was made easier than in earnest: a shorter `for`, a stub instead of the receiver. */
  notes: v.array(v.string()),
  hops: v.array(drillHop),
  attempts: v.array(drillAttempt),
  /** Groups the alert came to, for `why` and the ledger. */
  groupKeys: v.array(v.string()),
  /** Address that switches the fault off, should the server end meanwhile; empty where there is none. */
  faultOff: v.string(),
  /** Address told instead of receivers; empty where the true ones are. */
  receiverUrl: v.optional(v.string(), ''),
});
export type DrillRun = v.InferOutput<typeof drillRun>;

/** `GET /api/drills`: runs, the newest first, and the drills of the configuration's files. */
export const drillsAnswer = v.object({
  runs: v.array(drillRun),
  known: v.array(
    v.object({
      name: v.string(),
      file: v.string(),
      alert: v.string(),
      /** The rule it is about; null where none of that name is loaded. */
      rule: v.nullable(rule),
      kind: v.picklist(['inject', 'fault']),
    }),
  ),
  /** Files that cannot be used. */
  broken: v.array(v.object({ file: v.string(), reason: v.string() })),
});
export type DrillsAnswer = v.InferOutput<typeof drillsAnswer>;

/** The body of `POST /api/drills`: every drill of a text in the format of drill files, or of the configuration's files. */
export const drillRequest = v.pipe(
  v.strictObject({
    text: v.optional(v.pipe(v.string(), v.maxLength(MOST_TEXT))),
    /** Only the drill of this name. */
    name: v.optional(name),
    /** `for` is waited as it stands, whatever `hold` says. */
    trueTime: v.optional(v.boolean(), false),
  }),
  v.check(({ text, name: only }) => text !== undefined || only !== undefined, 'text or name is required'),
);
export type DrillRequest = v.InferOutput<typeof drillRequest>;

/** Answers `POST /api/drills`, `GET /api/drills/ID` and `DELETE /api/drills/ID` (which stops a run). */
export const drillRunsAnswer = v.object({ runs: v.array(drillRun) });
export type DrillRunsAnswer = v.InferOutput<typeof drillRunsAnswer>;
