/** Названия экранов об алертах по-русски. */
export const alertPagesRu = {
  label: 'Экраны об алертах',
  alerts: 'Алерты',
  slo: 'Цели (SLO)',
  onCall: 'Дежурства',
  drills: 'Учения',
  proof: 'Проверка',
};
