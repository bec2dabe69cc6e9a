import * as v from 'valibot';

const duration = v.number();

const route = {
  /** Positions of the child routes from the root: `[0, 2]` is the third child of the first child. */
  path: v.array(v.number()),
  /** `{severity="page"}`; `{}` for the root. */
  matchers: v.string(),
  receiver: v.string(),
  /** The receiver's integrations: `slack[0]`. */
  integrations: v.array(v.string()),
  continues: v.boolean(),
  /** `...` for every label. */
  groupBy: v.array(v.string()),
  groupWaitMs: duration,
  groupIntervalMs: duration,
  repeatIntervalMs: duration,
  /** Names of time intervals. */
  muteTimeIntervals: v.array(v.string()),
  activeTimeIntervals: v.array(v.string()),
};

/** `GET /api/alerts/routes`: the tree, each route before those below it, with what it has from those above it. */
export const alertRoutesAnswer = v.object({ routes: v.array(v.object(route)) });
export type AlertRoutesAnswer = v.InferOutput<typeof alertRoutesAnswer>;

/** The body of `POST /api/alerts/routes/test`: an alert that is asked about, not sent. */
export const routeTestRequest = v.strictObject({
  labels: v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(256)), v.pipe(v.string(), v.maxLength(4_096))),
});

/** Whom such an alert would be told to now, and what would keep it from being told. */
export const routeTestAnswer = v.object({
  routes: v.array(
    v.object({
      ...route,
      /** The group it would be in, as Alertmanager writes it. */
      groupKey: v.string(),
      /** Time intervals that mute the route now, or those of which none is now. */
      mutedBy: v.array(v.string()),
    }),
  ),
  /** Ids of silences. */
  silencedBy: v.array(v.string()),
  /** Fingerprints of alerts. */
  inhibitedBy: v.array(v.string()),
});
export type RouteTestAnswer = v.InferOutput<typeof routeTestAnswer>;
