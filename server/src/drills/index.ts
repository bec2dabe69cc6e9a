/** Proof that alerting works before it is needed. */
export { createPageCheck } from './page_opens.ts';
export { type ProofPorts, proofOf } from './proof.ts';
