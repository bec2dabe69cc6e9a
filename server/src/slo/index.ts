/** Service level objectives: their files, the rules that are made of them, what they count, and what is left. */
export { DEFINITION_RECORDS } from './definition_records.ts';
export { createExclusions, EXCLUSION_RECORDS, type Exclusions } from './exclusions.ts';
export { createFactKeeper, type FactKeeper } from './keeper.ts';
export { type LoadedObjective, type LoadedObjectives, loadObjectives, objectivesFingerprint } from './load.ts';
export { sloDetailOf, sloPreviewOf, sloSummaryOf } from './status.ts';
