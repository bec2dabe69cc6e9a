import { keptList } from '../app/keptList.ts';

/** The queries this browser asked last. */
export const searchHistory = keptList('trilith-traces-history', 30);

/** What of the address a saved search keeps. */
export const searchParameters = {
  kept: [
    'q',
    'service',
    'operation',
    'min',
    'max',
    'status',
    'attr',
    'kind',
    'list',
    'order',
    'limit',
    'cols',
    'points',
    'paths',
  ],
  dropped: ['sel'],
} as const;
