export { type Changes, openChanges } from './changes.ts';
export { type HistoryOptions, openRecords, type Records, type StateKind, StateUnavailable } from './history.ts';
export { openViews, type Views } from './views.ts';
