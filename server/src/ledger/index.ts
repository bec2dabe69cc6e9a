export { firingAt } from './firing_at.ts';
export { alertHistory } from './history.ts';
export { noiseReport, type ReceiverPerson } from './noise.ts';
export { createLedgerRecorder, type LedgerRecorder } from './recorder.ts';
export { neededStreams, promqlParts } from './why/expression.ts';
export type { WhyPorts } from './why/ports.ts';
export { why } from './why/why.ts';
