import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { StateKind } from '../state/index.ts';
import type { Objective } from './objective.ts';

const body = v.object({ definition: v.string(), sinceMs: v.number() });

/** What an objective counts, and since when that is: facts that were counted before are of another definition. */
export type CountedDefinition = v.InferOutput<typeof body>;

const MOST = 10_000;

/** By the objective's id. */
export const DEFINITION_RECORDS: StateKind<CountedDefinition> = {
  name: 'slo_definition',
  most: MOST,
  parse: (json) => {
    const read = v.safeParse(body, json);
    return read.success ? read.output : undefined;
  },
};

/** What the numbers of facts are. Another value has every objective counted anew. */
const UNIT = 'events per slot';

/** Equal for objectives that count the same. */
export function definitionHash({ indicator, periodMs }: Objective): string {
  return createHash('sha256')
    .update(JSON.stringify([UNIT, indicator, periodMs]))
    .digest('hex');
}
