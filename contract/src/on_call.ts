import * as v from 'valibot';
import { epochMs } from './units.ts';

const MOST_NOTE = 4_000;
const name = v.pipe(v.string(), v.maxLength(256));
const note = v.pipe(v.string(), v.maxLength(MOST_NOTE));
const groupKey = v.pipe(v.string(), v.minLength(1), v.maxLength(16_384));
const labels = v.record(v.string(), v.string());

/** Who is on call, and what says so: a layer, an override with this id, or nothing. */
const onCallBy = v.object({ kind: v.picklist(['layer', 'override', 'nobody']), name: v.string() });
const people = v.array(v.string());

/** `GET /api/on-call`: people, schedules and policies as configured, and who is on call now. */
export const onCallAnswer = v.object({
  /** Why the file cannot be used; what was read before stays. Empty: there is none or it is fine. */
  problem: v.string(),
  people: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      zone: v.string(),
      receivers: v.array(v.string()),
      onCall: v.array(v.string()),
    }),
  ),
  schedules: v.array(
    v.object({
      name: v.string(),
      zone: v.string(),
      people,
      by: onCallBy,
      /** The next time somebody else takes over, within 90 days. */
      next: v.nullable(v.object({ atMs: epochMs, people })),
      /** The first stretch within 14 days in which nobody is on call. */
      gap: v.nullable(v.object({ fromMs: epochMs, toMs: epochMs })),
    }),
  ),
  policies: v.array(
    v.object({
      name: v.string(),
      repeat: v.number(),
      steps: v.array(
        v.object({
          notify: v.array(v.string()),
          waitMs: v.number(),
          /** Receivers this step would tell now. */
          receivers: v.array(v.string()),
        }),
      ),
    }),
  ),
});
export type OnCallAnswer = v.InferOutput<typeof onCallAnswer>;

const stretch = { fromMs: epochMs, toMs: epochMs, people };

/** `GET /api/on-call/shifts?schedule=<name>&from=<ms>&to=<ms>`: shifts that touch one another and cover the range. */
export const shiftsAnswer = v.object({
  schedule: v.string(),
  zone: v.string(),
  shifts: v.array(v.object({ ...stretch, by: onCallBy })),
  /** What each layer says by itself, where it says somebody; in the order of the file, the later decides. */
  layers: v.array(v.object({ name: v.string(), shifts: v.array(v.object(stretch)) })),
});
export type ShiftsAnswer = v.InferOutput<typeof shiftsAnswer>;

/** Somebody takes a stretch of a schedule. */
export const onCallOverride = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  schedule: name,
  person: name,
  fromMs: epochMs,
  toMs: epochMs,
  author: name,
  note,
});
export type OnCallOverride = v.InferOutput<typeof onCallOverride>;

/** `GET /api/on-call/overrides`: those that have not ended, in the order they were made. `DELETE …?id=` takes one back. */
export const overridesAnswer = v.object({ overrides: v.array(onCallOverride) });
export type OverridesAnswer = v.InferOutput<typeof overridesAnswer>;

/** The body of `POST /api/on-call/overrides`. Answered with the override as it is kept. */
export const overrideRequest = v.strictObject({
  schedule: v.pipe(name, v.minLength(1)),
  person: v.pipe(name, v.minLength(1)),
  fromMs: epochMs,
  toMs: epochMs,
  author: v.optional(name, ''),
  note: v.optional(note, ''),
});
export type OverrideRequest = v.InferInput<typeof overrideRequest>;

export const responseAction = v.picklist(['acknowledge', 'unacknowledge', 'assign', 'comment']);
export type ResponseAction = v.InferOutput<typeof responseAction>;

/** What people did about a group of alerts. */
export const groupResponse = v.object({
  groupKey,
  labels,
  /** Null when nobody has, or when it was taken back. */
  acknowledged: v.nullable(
    v.object({
      person: name,
      atMs: epochMs,
      /** Which alerts of the group it is about: those that fired then. */
      alerts: v.array(v.string()),
    }),
  ),
  /** Empty: nobody. */
  assignee: name,
  /** The newest hundred, oldest first. */
  comments: v.array(v.object({ person: name, atMs: epochMs, text: note })),
});
export type GroupResponse = v.InferOutput<typeof groupResponse>;

/** The body of `POST /api/alerts/responses`. Answered with the group's response as it is kept. */
export const responseRequest = v.strictObject({
  groupKey,
  action: responseAction,
  /** Who does it; with `assign`, who is to. */
  person: v.pipe(name, v.minLength(1)),
  note: v.optional(note, ''),
});
export type ResponseRequest = v.InferInput<typeof responseRequest>;

/** Alerts of the group that fire now. */
const firing = v.number();

/** A group that people are being asked about, one step after the other. */
const escalation = v.object({
  groupKey,
  labels,
  firing,
  policy: v.string(),
  startedAtMs: epochMs,
  /** From 1; steps of later rounds count on. */
  step: v.number(),
  /** When the next step is taken unless somebody acknowledges; null when there is none. */
  nextAtMs: v.nullable(epochMs),
  receivers: v.array(v.string()),
  state: v.picklist(['running', 'acknowledged', 'resolved', 'exhausted']),
});

/** `GET /api/alerts/responses`: what people did about groups, the latest first, and the escalations that run. */
export const responsesAnswer = v.object({
  responses: v.array(
    v.object({
      ...groupResponse.entries,
      firing,
      /** Somebody has acknowledged every alert that fires now: nobody else is told. */
      holds: v.boolean(),
    }),
  ),
  escalations: v.array(escalation),
});
export type ResponsesAnswer = v.InferOutput<typeof responsesAnswer>;
