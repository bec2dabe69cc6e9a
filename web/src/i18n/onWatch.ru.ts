/** Строка главной об алертах, бюджетах и дежурных по-русски. */
export const onWatchRu = {
  title: 'Алерты, бюджеты и дежурные',
  firing: 'Горят',
  quiet: 'ни один алерт не горит',
  severity: { critical: 'срочных {{count}}', warning: 'несрочных {{count}}', info: 'для сведения {{count}}' },
  held: 'придержано {{count}}',
  budgets: 'Бюджеты под угрозой',
  budgetsWell: 'ни одного из {{count}}',
  onCall: 'Дежурят',
};
