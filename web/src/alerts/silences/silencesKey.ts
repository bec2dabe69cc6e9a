/** The query key of what a changed silence makes stale. */
export const silencesKey = ['silences'] as const;
