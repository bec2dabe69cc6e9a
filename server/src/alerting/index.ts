/** Alertmanager's core: alerts are grouped, held back, told to receivers, and what was told is kept. */
export type { AggregationGroup } from './aggregation_group.ts';
export { Alertmanager, type AlertmanagerOptions, type AlertmanagerRecords, type ToldAlert } from './alertmanager.ts';
export { EMPTY_CONFIG_TEXT, readAlertmanagerConfig } from './config/load.ts';
export { inTimeInterval, type TimeInterval } from './config/time_intervals.ts';
export type { AlertmanagerConfig, InhibitRule, Receiver } from './config/types.ts';
export { createEvidence, EVIDENCE_OUTCOMES, EVIDENCE_PIECES, type EvidenceSources } from './evidence/gather.ts';
export { openPictures, type Pictures } from './evidence/pictures.ts';
export { createHeartbeat, type Told } from './heartbeat.ts';
export { compareAlerts, compareLabels, type HeldAlert, isResolved } from './held_alert.ts';
export type { IntegrationsOf, ReadyIntegration } from './integrations.ts';
export { compileMatcher, type LabelMatcher, MatcherError, matchesAll, printMatchers } from './matchers/matcher.ts';
export { parseMatcher, parseMatchers } from './matchers/parse.ts';
export type { NotificationEntry, UndeliveredEntry } from './notification_log.ts';
export { type ClosableNotifier, createNotifier, type NotifyServices } from './notify/create_notifier.ts';
export type { Notification, NotifiedAlert, Notifier, Outcome } from './notify/notifier.ts';
export { ownNotification } from './notify/own_notification.ts';
export { type ReplayedAlert, type ReplayedNotification, replayNotifications } from './replay.ts';
export { matchRoutes, type RouteNode, routeTree } from './route_tree.ts';
export {
  parseSilence,
  type Silence,
  SilenceError,
  type SilenceRequest,
  type SilenceState,
  type Silences,
  silenceState,
} from './silences.ts';
export { loadTemplates } from './templates/notification_templates.ts';
