import type { Labels } from '../model/labels.ts';
import { type AggregationGroup, createGroup } from './aggregation_group.ts';
import { flushGroup } from './flush.ts';
import { type HeldAlert, isResolved } from './held_alert.ts';
import { groupIdentity, groupKey, groupLabels, type RouteNode } from './route_tree.ts';
import type { FlushPorts } from './telling.ts';

export interface DispatcherOptions {
  readonly routesOf: (labels: Labels) => readonly RouteNode[];
  readonly ports: FlushPorts;
  /** Silences and the notification log are known: nothing is told before. */
  readonly ready: Promise<void>;
}

interface Running extends AggregationGroup {
  readonly identity: string;
  /** When it is flushed next, ms. */
  nextMs: number;
  cancel: () => void;
  isFlushing: boolean;
  /** Its time came while it was being flushed. */
  isDue: boolean;
}

/** Puts alerts into the groups of their routes and flushes these at their times (dispatch/dispatch.go). */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #groups = new Map<string, Running>();
  readonly #stopped = new AbortController();
  readonly #flushes = new Set<Promise<void>>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Every group that holds alerts. */
  groups(): readonly AggregationGroup[] {
    return [...this.#groups.values()].filter(({ alerts }) => alerts.size > 0);
  }

  /** A group by upstream's key; of several with equal keys the first. */
  group(key: string): AggregationGroup | undefined {
    return this.groups().find((group) => group.key === key);
  }

  /** When a group is flushed next, ms; undefined for one that is gone. */
  nextFlushMs(group: AggregationGroup): number | undefined {
    return this.#groups.get(groupIdentity(group.route, group.labels))?.nextMs;
  }

  dispatch(alert: HeldAlert): void {
    if (this.#stopped.signal.aborted) return;
    for (const route of this.#options.routesOf(alert.labels))
      this.#insert(route, groupLabels(route, alert.labels), alert);
  }

  #insert(route: RouteNode, labels: Labels, alert: HeldAlert): void {
    const { clock, note } = this.#options.ports;
    const nowMs = clock.nowMs();
    const identity = groupIdentity(route, labels);
    let group = this.#groups.get(identity);
    const known = group?.alerts.get(alert.fingerprint);
    if (group === undefined) group = this.#start(identity, route, labels, alert);
    group.alerts.set(alert.fingerprint, alert);
    if (isResolved(alert, nowMs) || (known !== undefined && !isResolved(known, nowMs))) return;
    const { key, route: node } = group;
    note([
      { kind: 'routed', timeMs: nowMs, labels: alert.labels, route: node.path, groupKey: key, receiver: node.receiver },
    ]);
  }

  /** An alert that is old enough is told at once; others wait for more of their group. */
  #start(identity: string, route: RouteNode, labels: Labels, { startsAtMs }: HeldAlert): Running {
    const nowMs = this.#options.ports.clock.nowMs();
    const waits = startsAtMs + route.groupWaitMs >= nowMs;
    const group: Running = {
      ...createGroup(route, labels, groupKey(route, labels)),
      identity,
      nextMs: 0,
      cancel: () => undefined,
      isFlushing: false,
      isDue: false,
    };
    this.#groups.set(identity, group);
    this.#schedule(group, waits ? nowMs + route.groupWaitMs : nowMs);
    return group;
  }

  #schedule(group: Running, atMs: number): void {
    group.nextMs = atMs;
    group.cancel = this.#options.ports.clock.at(atMs, () => {
      if (group.isFlushing) group.isDue = true;
      else this.#begin(group);
    });
  }

  #begin(group: Running): void {
    const flush = this.#flush(group);
    this.#flushes.add(flush);
    void flush.finally(() => this.#flushes.delete(flush));
  }

  async #flush(group: Running): Promise<void> {
    const { ports, ready } = this.#options;
    group.isFlushing = true;
    await ready;
    if (this.#stopped.signal.aborted) return;
    do {
      group.isDue = false;
      const nowMs = ports.clock.nowMs();
      this.#schedule(group, nowMs + group.route.groupIntervalMs);
      const flushed = [...group.alerts.values()].filter((alert) => isResolved(alert, nowMs));
      if (await flushGroup(group, nowMs, ports, this.#stopped.signal)) this.#forget(group, flushed);
    } while (group.isDue && group.alerts.size > 0 && !this.#stopped.signal.aborted);
    group.isFlushing = false;
    if (group.alerts.size > 0) return;
    group.cancel();
    this.#groups.delete(group.identity);
  }

  /** Resolved alerts that were told, unless they have been told of anew meanwhile. */
  #forget(group: Running, flushed: readonly HeldAlert[]): void {
    for (const alert of flushed) {
      if (group.alerts.get(alert.fingerprint) !== alert) continue;
      group.alerts.delete(alert.fingerprint);
      group.held.delete(alert.fingerprint);
    }
  }

  /** No flush begins any more, attempts under way are given up; resolves when all have ended. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the pipeline stopped'));
    for (const group of this.#groups.values()) group.cancel();
    await Promise.all(this.#flushes);
  }
}
