import * as v from 'valibot';
import { count, epochMs } from './units.ts';

/** `GET /api/admin/import/metrics`: what an import must keep to. */
export const importLimitsAnswer = v.object({
  /** Samples before this would be dropped by retention, ms since the epoch. */
  oldestMs: epochMs,
  retentionDays: count,
});
export type ImportLimitsAnswer = v.InferOutput<typeof importLimitsAnswer>;

/** `POST /api/admin/import/metrics`: what became of one request. */
export const importAnswer = v.object({
  samples: count,
  histograms: count,
  rejections: v.array(v.object({ reason: v.string(), count, message: v.string() })),
});
export type ImportAnswer = v.InferOutput<typeof importAnswer>;
