/** Who can be on call, when, and in which order they are asked; as `on_call.file` has it (docs/on-call.md). */
export interface OnCallConfig {
  readonly people: ReadonlyMap<string, Person>;
  readonly schedules: ReadonlyMap<string, Schedule>;
  readonly policies: ReadonlyMap<string, EscalationPolicy>;
}

export interface Person {
  readonly id: string;
  readonly name: string;
  /** Receivers of alertmanager.yml that reach this person. */
  readonly receivers: readonly string[];
  /** IANA zone; nights of the noise report are this person's. */
  readonly zone: string;
  /** Slack's user id, to know who pressed a button; may be empty. */
  readonly slack: string;
}

export interface Schedule {
  readonly name: string;
  readonly zone: string;
  /** Where two say somebody, the later one decides. */
  readonly layers: readonly Layer[];
}

export interface Layer {
  readonly name: string;
  /** Who takes turns; several in one turn are on call together. */
  readonly turns: readonly (readonly string[])[];
  /** How long a turn is, in minutes of the wall clock. */
  readonly turnMinutes: number;
  /** What the zone's wall clock reads at the first handover (base/time_zone.ts). Before it nobody is on call. */
  readonly startWallMs: number;
  /** What the zone's wall clock reads when the layer ends; Infinity when it does not. */
  readonly endWallMs: number;
  /** Hours of the week the layer holds; empty: all. */
  readonly hours: readonly WeeklyHours[];
}

/** A stretch of some days of the week, by the zone's wall clock. */
export interface WeeklyHours {
  /** 0 is Sunday. */
  readonly days: readonly number[];
  /** Minutes since midnight. An end at or before the beginning is on the next day. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** Somebody takes a stretch of a schedule, whatever its layers say. */
export interface Override {
  readonly id: string;
  readonly schedule: string;
  readonly person: string;
  /** ms since the epoch; the end is not in it. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly author: string;
  readonly note: string;
}

export interface EscalationPolicy {
  readonly name: string;
  readonly steps: readonly EscalationStep[];
  /** How often the steps begin again when nobody has acknowledged. */
  readonly repeat: number;
}

export interface EscalationStep {
  readonly targets: readonly EscalationTarget[];
  /** How long an acknowledgement is waited for, ms. */
  readonly waitMs: number;
}

export interface EscalationTarget {
  readonly kind: 'schedule' | 'person' | 'receiver';
  readonly name: string;
}

export const NO_ON_CALL: OnCallConfig = { people: new Map(), schedules: new Map(), policies: new Map() };
