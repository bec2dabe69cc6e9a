import type { Formats } from '../i18n/makeFormats.ts';
import type { Zone } from '../time/zone.ts';

/** A zone and how times are written in it. */
export interface Clock {
  readonly zone: Zone;
  readonly formats: Formats;
}
