import * as v from 'valibot';
import { epochMs } from './units.ts';

/** A name by which progress can be asked for while a backtest runs. */
const backtestId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{8,64}$/));

/**
 * `POST /api/alerts/backtest`: what alerting rules would have done over stored history. Either the text of a rule file, or
 * names of rules that are loaded; without both, every loaded alerting rule.
 */
export const backtestRequest = v.object({
  rules: v.optional(v.pipe(v.string(), v.maxLength(4 * 1024 * 1024))),
  /** Of `rules`; PromQL where nothing is said. */
  language: v.optional(v.picklist(['promql', 'logql'])),
  group: v.optional(v.string()),
  alert: v.optional(v.string()),
  fromMs: epochMs,
  toMs: epochMs,
  id: v.optional(backtestId),
});

const labels = v.record(v.string(), v.string());

const firing = v.object({
  labels,
  annotations: labels,
  /** Of the expression, when it began to fire. */
  value: v.nullable(v.number()),
  activeAtMs: epochMs,
  firedAtMs: epochMs,
  /** Null while it fires at the end of the range. */
  resolvedAtMs: v.nullable(epochMs),
});

const rule = v.object({
  file: v.string(),
  group: v.string(),
  alert: v.string(),
  /** How often it was evaluated: its group's interval, or longer where the range is too long for that. */
  stepMs: v.number(),
  /** How many alerts fired; `list` holds the first of them. */
  firings: v.number(),
  /** How long any of its alerts fired. */
  firingMs: v.number(),
  list: v.array(firing),
  /** Up to where it was evaluated. */
  coveredToMs: epochMs,
  /** Why it could not be evaluated; empty when it could. */
  error: v.string(),
});

const notification = v.object({
  timeMs: epochMs,
  receiver: v.string(),
  groupLabels: labels,
  reason: v.string(),
  /** How many alerts of the group fire or are told as resolved. */
  firing: v.number(),
  resolved: v.number(),
  /** Names of its alerts. */
  alerts: v.array(v.string()),
});

export const backtestAnswer = v.object({
  fromMs: epochMs,
  toMs: epochMs,
  rules: v.array(rule),
  /** The first notifications; a page is one that tells of an alert that fires. */
  notifications: v.array(notification),
  totals: v.object({ pages: v.number(), notifications: v.number(), firings: v.number(), firingMs: v.number() }),
  /** What has to be known to read the figures. */
  notes: v.array(v.string()),
});

/** `GET /api/alerts/backtest/ID`: how far it is; 404 when none of that name runs. */
export const backtestProgress = v.object({ done: v.number(), all: v.number(), rule: v.string() });

export type BacktestRequest = v.InferOutput<typeof backtestRequest>;
export type BacktestAnswer = v.InferOutput<typeof backtestAnswer>;
export type BacktestProgress = v.InferOutput<typeof backtestProgress>;
