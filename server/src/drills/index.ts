/** Proof that alerting works before it is needed. */
export type { Destination } from './destinations.ts';
export { type Drill, type EvidenceName, parseDrills } from './drill_file.ts';
export { createDrills, DRILL_RECORDS, DrillRefused, type Drills, loadedRules } from './drills.ts';
export { createFaultSwitch, isAllowed } from './fault.ts';
export { type ProofPorts, type ProvableRule, proofOf } from './proof.ts';
