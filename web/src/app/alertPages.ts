/** Screens of alerting, in the order of their navigation. All belong to the rail's entry for alerts. */
export const alertPages = [
  { path: '/alerts', key: 'alerts' },
  { path: '/alerts/silences', key: 'silences' },
  { path: '/alerts/rules', key: 'rules' },
  { path: '/alerts/routes', key: 'routes' },
  { path: '/alerts/history', key: 'history' },
  { path: '/alerts/noise', key: 'noise' },
  { path: '/alerts/why', key: 'why' },
  { path: '/slo', key: 'slo' },
  { path: '/on-call', key: 'onCall' },
  { path: '/drills', key: 'drills' },
  { path: '/proof', key: 'proof' },
  { path: '/runbooks', key: 'runbooks' },
] as const;

export type AlertPageKey = (typeof alertPages)[number]['key'];

/** Which of them an address belongs to: the one whose path is the longest beginning of it. */
export function alertPageOf(path: string): AlertPageKey | null {
  const own = alertPages.filter((page) => path === page.path || path.startsWith(`${page.path}/`));
  return own.toSorted((a, b) => b.path.length - a.path.length)[0]?.key ?? null;
}
