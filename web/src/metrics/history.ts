import { keptList } from '../app/keptList.ts';

/** PromQL asked in this browser, newest first. */
export const queryHistory = keptList('trilith-promql-history', 30);
