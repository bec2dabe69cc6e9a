import type { AlertHistoryAnswer } from '@trilith/contract';
import { DRILL_LABEL } from '../model/alert.ts';
import type { AlertEvent } from '../model/alert_event.ts';
import { type Labels, labelsToRecord, labelValue } from '../model/labels.ts';
import { blindStretches, hasLabels, stateTimelines } from './state_timeline.ts';

/**
 * What the events of a range, oldest first, say about alerts that have these labels. Events that are of no alert (a rule's
 * blindness, what people did about a group) are always in it.
 */
export function alertHistory(events: readonly AlertEvent[], labels: Labels): Omit<AlertHistoryAnswer, 'truncated'> {
  const series = stateTimelines(events).filter((one) => hasLabels(one.labels, labels));
  const own = events.filter((event) => isAbout(event, labels));
  return {
    series: series.map(({ rule, labels: of, stretches }) => ({
      rule,
      labels: labelsToRecord(of),
      drill: labelValue(of, DRILL_LABEL),
      states: stretches.map(({ state, fromMs, toMs, value }) => ({
        ...{ state, fromMs, toMs: toMs ?? null },
        value: Number.isFinite(value) ? value : null,
      })),
    })),
    blind: blindStretches(events).map((one) => ({ ...one, toMs: one.toMs ?? null })),
    routed: own
      .filter((event) => event.kind === 'routed')
      .map(({ timeMs, labels: of, receiver, groupKey, route }) => ({
        ...{ timeMs, labels: labelsToRecord(of), receiver, groupKey, route: [...route] },
      })),
    held: own
      .filter((event) => event.kind === 'held')
      .map(({ timeMs, labels: of, receiver, groupKey, reason, by }) => ({
        ...{ timeMs, labels: labelsToRecord(of), receiver, groupKey, reason, by: [...by] },
      })),
    attempts: own
      .filter((event) => event.kind === 'attempt')
      .map(({ kind, alerts, ...attempt }) => ({
        ...attempt,
        firing: alerts.filter(({ resolved }) => !resolved).length,
        resolved: alerts.filter(({ resolved }) => resolved).length,
      })),
    responses: own
      .filter((event) => event.kind === 'response')
      .map(({ timeMs, groupKey, action, person, note }) => ({ timeMs, groupKey, action, person, note })),
  };
}

function isAbout(event: AlertEvent, labels: Labels): boolean {
  switch (event.kind) {
    case 'attempt':
      return event.alerts.some((told) => hasLabels(told.labels, labels));
    case 'state':
    case 'routed':
    case 'held':
      return hasLabels(event.labels, labels);
    case 'blind':
    case 'response':
      return true;
  }
}
