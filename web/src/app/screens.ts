import {
  IconActivity,
  IconBell,
  IconDatabaseImport,
  IconHome,
  IconLogs,
  IconSitemap,
  IconTimeline,
} from '@tabler/icons-react';
import { alertPageOf } from './alertPages.ts';

/** The rail, in order. */
export const screens = [
  { path: '/', key: 'home', icon: IconHome, shortcut: 'goHome' },
  { path: '/explore/metrics', key: 'metrics', icon: IconActivity, shortcut: 'goMetrics' },
  { path: '/explore/logs', key: 'logs', icon: IconLogs, shortcut: 'goLogs' },
  { path: '/explore/traces', key: 'traces', icon: IconTimeline, shortcut: 'goTraces' },
  { path: '/map', key: 'map', icon: IconSitemap, shortcut: 'goMap' },
  { path: '/alerts', key: 'alerts', icon: IconBell, shortcut: 'goAlerts' },
  { path: '/data', key: 'data', icon: IconDatabaseImport, shortcut: 'goData' },
] as const;

export type ScreenKey = (typeof screens)[number]['key'];

/** Which rail entry an address belongs to. */
export function screenOf(path: string): ScreenKey {
  if (path.startsWith('/trace')) return 'traces';
  if (alertPageOf(path) !== null) return 'alerts';
  return (
    screens.findLast((screen) =>
      screen.path === '/' ? path === '/' || path.startsWith('/services') : path.startsWith(screen.path),
    )?.key ?? 'home'
  );
}
