/** Shortening to a provider's limits, as Alertmanager does it (notify/util.go). */

const MARK = '…';

/** At most `max` code points; the last one is an ellipsis where something was cut off (not below four). */
export function truncateRunes(text: string, max: number): string {
  // A text is never longer in code points than in UTF-16 units.
  if (text.length <= max) return text;
  const runes = [...text];
  if (runes.length <= max) return text;
  if (max <= 3) return runes.slice(0, max).join('');
  return runes.slice(0, max - 1).join('') + MARK;
}

/** At most `max` bytes of UTF-8, cut between code points, ended by an ellipsis where something was cut off. */
export function truncateBytes(text: string, max: number): string {
  if (Buffer.byteLength(text) <= max) return text;
  if (max < 3) return '.'.repeat(max);
  let size = 0;
  let kept = '';
  for (const rune of text) {
    size += Buffer.byteLength(rune);
    if (size > max - 3) break;
    kept += rune;
  }
  return kept + MARK;
}
