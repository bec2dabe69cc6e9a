export { type AcknowledgeLink, readLink, signLink } from './acknowledge_token.ts';
export { type EscalationState, escalationOf } from './escalation.ts';
export { createEscalations, ESCALATION_RECORDS } from './escalations.ts';
export { renderICal } from './ical.ts';
export { NO_ON_CALL, type OnCallConfig, type Person, type Schedule } from './on_call_config.ts';
export { createOverrides, OVERRIDE_RECORDS, OverrideRefused, type Overrides } from './overrides.ts';
export { onCallOverview } from './overview.ts';
export { createPaging } from './paging.ts';
export { type EscalationOutlook, escalationOutlook, type PolicyReach, policyReach } from './policy_reach.ts';
export { readOnCall } from './read_on_call.ts';
export {
  type AlertGroup,
  createResponses,
  RESPONSE_RECORDS,
  ResponseRefused,
  type Responses,
} from './responses.ts';
export { layerShifts, shifts } from './schedule.ts';
export { isSlackRequest, slackPress } from './slack_button.ts';
