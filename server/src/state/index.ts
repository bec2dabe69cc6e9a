export { type Changes, openChanges } from './changes.ts';
export { StateUnavailable } from './history.ts';
