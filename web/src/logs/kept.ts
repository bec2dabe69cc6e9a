import { keptList } from '../app/keptList.ts';

/** What this browser remembers of the logs screen. */
export const searchHistory = keptList('trilith-logs-history', 30);
export const pinnedFields = keptList('trilith-logs-pinned', 50);
export const recentFields = keptList('trilith-logs-recent', 8);
