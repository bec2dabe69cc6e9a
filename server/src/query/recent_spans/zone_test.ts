import type { NsRange, SpanPredicate } from '../../store/index.ts';
import type { SpanSlice } from './span_slice.ts';

/** Whether a zone of a slice may have a row that was asked for; false is certain. */
export type ZoneTest = (zone: number) => boolean;

const MAY: ZoneTest = () => true;

/** What the longest span of each zone tells of a predicate: slow spans are mostly looked for, and most zones have none. */
export function compileZoneTest({ zoneLongest }: SpanSlice, predicate: SpanPredicate): ZoneTest {
  const atLeast = (operator: string, ns: number): ZoneTest => {
    if (operator === '>') return (zone) => (zoneLongest[zone] as number) > ns;
    if (operator === '>=' || operator === '=') return (zone) => (zoneLongest[zone] as number) >= ns;
    return MAY;
  };
  const compile = (part: SpanPredicate): ZoneTest => {
    switch (part.kind) {
      case 'and': {
        const tests = part.parts.map(compile).filter((test) => test !== MAY);
        return tests.length === 0 ? MAY : (zone) => tests.every((test) => test(zone));
      }
      case 'or': {
        const tests = part.parts.map(compile);
        return tests.includes(MAY) ? MAY : (zone) => tests.some((test) => test(zone));
      }
      case 'duration':
        return atLeast(part.operator, part.ns);
      case 'field':
        return part.field.kind === 'duration' && part.test.kind === 'number'
          ? atLeast(part.test.operator, part.test.value)
          : MAY;
      default:
        return MAY;
    }
  };
  return compile(predicate);
}

/** How many of a zone's rows begin in a range, as far as its earliest and latest start tell. */
export type Coverage = 'all' | 'some' | 'none';

export function zoneCoverage(
  { zoneNewest, zoneOldest }: SpanSlice,
  { startNs, endNs }: NsRange,
): (zone: number) => Coverage {
  // Upper words: a zone at an end of the range is looked at row by row.
  const [from, to] = [Number(startNs >> 32n), Number(endNs >> 32n)];
  return (zone) => {
    const [newest, oldest] = [zoneNewest[zone] as number, zoneOldest[zone] as number];
    if (newest < from || oldest > to) return 'none';
    return oldest > from && newest < to ? 'all' : 'some';
  };
}
