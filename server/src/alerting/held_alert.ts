import type { Alert } from '../model/alert.ts';
import { type Labels, labelValue } from '../model/labels.ts';
import { fingerprintOf } from './fingerprint.ts';
import { goQuote } from './matchers/matcher.ts';
import { isLabelName } from './matchers/parse.ts';

/** An alert as it is held: with its identity, and whether somebody said when it ends. */
export interface HeldAlert extends Alert {
  readonly fingerprint: string;
  /** Nobody did: it ends `resolve_timeout` after it was last told. */
  readonly timeout: boolean;
}

export function heldAlert(alert: Alert, timeout: boolean): HeldAlert {
  return { ...alert, fingerprint: fingerprintOf(alert.labels), timeout };
}

/** Whether an alert is over at a time, ms. */
export function isResolved({ endsAtMs }: Alert, nowMs: number): boolean {
  return endsAtMs <= nowMs;
}

/** What is wrong with an alert in upstream's words (alert/validate.go), or undefined. */
export function alertProblem({ labels, annotations, startsAtMs, endsAtMs }: Alert): string | undefined {
  if (endsAtMs < startsAtMs) return 'start time must be before end time';
  if (labels.length === 0) return 'at least one label pair required';
  const inLabels = labelProblem(labels);
  if (inLabels !== undefined) return `invalid label set: ${inLabels}`;
  const inAnnotations = labelProblem(annotations);
  return inAnnotations === undefined ? undefined : `invalid annotations: ${inAnnotations}`;
}

function labelProblem(labels: Labels): string | undefined {
  for (let i = 0; i < labels.length; i += 2) {
    const [name = '', value = ''] = [labels[i], labels[i + 1]];
    if (!isLabelName(name)) return `invalid name ${goQuote(name)}`;
    if (!value.isWellFormed()) return `invalid value ${goQuote(value)}`;
  }
  return undefined;
}

/** What is held after an alert was told again: one alert when the two times overlap, else the later told (provider/mem). */
export function takeAlert(held: HeldAlert | undefined, told: HeldAlert, nowMs: number): HeldAlert {
  if (held === undefined) return told;
  const overlaps =
    (told.endsAtMs > held.startsAtMs && told.endsAtMs < held.endsAtMs) ||
    (told.startsAtMs > held.startsAtMs && told.startsAtMs < held.endsAtMs);
  if (!overlaps) return told;
  return told.updatedAtMs < held.updatedAtMs ? merge(told, held, nowMs) : merge(held, told, nowMs);
}

/** alert.Merge: the earliest start; the end somebody said, before one that was only assumed. */
function merge(older: HeldAlert, newer: HeldAlert, nowMs: number): HeldAlert {
  const startsAtMs = Math.min(older.startsAtMs, newer.startsAtMs);
  const keepsEnd = isResolved(newer, nowMs)
    ? isResolved(older, nowMs) && older.endsAtMs > newer.endsAtMs
    : older.endsAtMs > newer.endsAtMs && !older.timeout;
  return { ...newer, startsAtMs, endsAtMs: keepsEnd ? older.endsAtMs : newer.endsAtMs };
}

/** Upstream's order within a notification: by job, instance, then all labels (alert.AlertSlice). */
export function compareAlerts(a: Alert, b: Alert): number {
  for (const name of ['job', 'instance']) {
    const [left, right] = [labelValue(a.labels, name), labelValue(b.labels, name)];
    if (left === right) continue;
    if (left === '') return 1;
    if (right === '') return -1;
    return left < right ? -1 : 1;
  }
  return compareLabels(a.labels, b.labels);
}

/** model.LabelSet.Before: fewer labels first, then by name and value. */
export function compareLabels(a: Labels, b: Labels): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) {
    const [left = '', right = ''] = [a[i], b[i]];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
