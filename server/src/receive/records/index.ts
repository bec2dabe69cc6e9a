export {
  appendEntry,
  attributeSlot,
  countEntry,
  decodedEntries,
  type Entries,
  entryColumns,
  newEntries,
} from './entries.ts';
export { submitHeld } from './held_submit.ts';
export { RecordSink } from './record_sink.ts';
export { labelsRefusal, limitRefusal, type Stream, type StreamRefusal, streamFacts } from './stream.ts';
export { streamLabels } from './stream_labels.ts';
export { type RecordFields, recordLabels, recordOf } from './structured.ts';
export { type Moment, momentOf, momentOfMs } from './timestamps.ts';
