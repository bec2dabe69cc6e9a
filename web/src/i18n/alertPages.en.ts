/** Names of the screens of alerting in English. */
export const alertPagesEn = {
  label: 'Screens of alerting',
  alerts: 'Alerts',
  slo: 'Objectives',
  onCall: 'On call',
  drills: 'Drills',
  proof: 'Proof',
};
