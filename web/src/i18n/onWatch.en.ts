/** The row of home about alerts, budgets and who is on call, in English. */
export const onWatchEn = {
  title: 'Alerts, budgets and on call',
  firing: 'Firing',
  quiet: 'no alert fires',
  severity: { critical: '{{count}} to page', warning: '{{count}} to look at', info: '{{count}} to know' },
  held: '{{count}} held back',
  budgets: 'Budgets at risk',
  budgetsWell: 'none of {{count}}',
  onCall: 'On call',
};
