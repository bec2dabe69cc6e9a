/** Названия экранов об алертах по-русски. */
export const alertPagesRu = {
  label: 'Экраны об алертах',
  alerts: 'Алерты',
  silences: 'Глушения',
  rules: 'Правила',
  routes: 'Маршруты',
  history: 'История',
  noise: 'Шум',
  why: 'Почему',
  slo: 'Цели (SLO)',
  onCall: 'Дежурства',
  drills: 'Учения',
  proof: 'Проверка',
  runbooks: 'Инструкции',
};
