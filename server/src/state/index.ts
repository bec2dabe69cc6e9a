export { type Changes, openChanges } from './changes.ts';
export { type HistoryOptions, openRecords, StateUnavailable } from './history.ts';
export { openViews, type Views } from './views.ts';
