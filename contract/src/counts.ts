import * as v from 'valibot';
import { answerNotes, count } from './units.ts';

/** `GET /api/counts?from=<ms>&to=<ms>`: how many records of each signal the store holds in the range. */
export const countsAnswer = v.object({ samples: count, logs: count, spans: count, notes: answerNotes });
export type CountsAnswer = v.InferOutput<typeof countsAnswer>;
