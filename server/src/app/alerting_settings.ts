import * as v from 'valibot';
import { parseDurationMs } from '../base/yaml_reader.ts';

/** `alerting` of the configuration: who is told of alerts (docs/alertmanager.md). */
export const alertingSchema = v.strictObject({
  /** Alertmanager's configuration file. */
  config: v.optional(v.string()),
  /** Of the default templates. */
  language: v.optional(v.picklist(['en', 'ru']), 'en'),
  /** A receiver of that file: told instead of one whose integrations all fail for so long. */
  fallback_receiver: v.optional(v.pipe(v.string(), v.minLength(1))),
  fallback_after: v.optional(
    v.pipe(
      v.string(),
      v.check((after) => parseDurationMs(after) !== undefined, 'must be a duration'),
    ),
    '1m',
  ),
  /** A notification on a schedule, so that somebody outside notices when none comes. */
  heartbeat: v.optional(
    v.strictObject({
      receiver: v.pipe(v.string(), v.minLength(1)),
      every: v.pipe(
        v.string(),
        v.check((every) => (parseDurationMs(every) ?? 0) >= 10_000, 'must be a duration of at least 10s'),
      ),
    }),
  ),
});
