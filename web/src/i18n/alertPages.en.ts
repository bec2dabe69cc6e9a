/** Names of the screens of alerting in English. */
export const alertPagesEn = {
  label: 'Screens of alerting',
  alerts: 'Alerts',
  silences: 'Silences',
  rules: 'Rules',
  routes: 'Routes',
  history: 'History',
  noise: 'Noise',
  why: 'Why',
  slo: 'Objectives',
  onCall: 'On call',
  drills: 'Drills',
  proof: 'Proof',
  runbooks: 'Runbooks',
};
