/** Alertmanager's core: alerts are grouped, held back, told to receivers, and what was told is kept. */
export { Alertmanager, type AlertmanagerOptions, type ToldAlert } from './alertmanager.ts';
export { attemptEvent } from './attempt_event.ts';
export { EMPTY_CONFIG_TEXT, readAlertmanagerConfig } from './config/load.ts';
export type { AlertmanagerConfig } from './config/types.ts';
export { createEvidence, EVIDENCE_OUTCOMES, type EvidenceSources } from './evidence/gather.ts';
export { openPictures, type Pictures } from './evidence/pictures.ts';
export { type AlertQueue, alertsBody, createAlertQueue, QUEUE_CAPACITY } from './external/alert_queue.ts';
export { fingerprintOf } from './fingerprint.ts';
export { createHeartbeat, type Told } from './heartbeat.ts';
export { compareAlerts, compareLabels, type HeldAlert, isResolved } from './held_alert.ts';
export { mutedNow } from './hold.ts';
export type { IntegrationsOf, ReadyIntegration } from './integrations.ts';
export { compileMatcher, type LabelMatcher, MatcherError, matchesAll, printMatchers } from './matchers/matcher.ts';
export { parseMatcher } from './matchers/parse.ts';
export type { NotificationEntry, UndeliveredEntry } from './notification_log.ts';
export { type ClosableNotifier, createNotifier, type NotifyServices } from './notify/create_notifier.ts';
export type { Notification, NotifiedAlert, Notifier, Outcome } from './notify/notifier.ts';
export { ownNotification } from './notify/own_notification.ts';
export { type ReplayedNotification, replayNotifications } from './replay.ts';
export { groupKey, groupLabels, matchRoutes, type RouteNode } from './route_tree.ts';
export {
  parseSilence,
  type Silence,
  SilenceError,
  type SilenceRequest,
  silenceState,
} from './silences.ts';
export type { FallbackReceiver } from './telling.ts';
export { EVIDENCE_PIECES, type Evidence } from './templates/evidence_data.ts';
export { loadTemplates } from './templates/notification_templates.ts';
export { readTemplateFiles, templatePaths } from './templates/template_files.ts';
