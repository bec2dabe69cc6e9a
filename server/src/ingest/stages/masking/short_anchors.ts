import { WINDOW } from './anchors.ts';
import { findEscapedCardNumber } from './card_number.ts';
import { findAroundAt, findAroundEscapedAt } from './email.ts';
import type { BuiltInRule, Found } from './finding.ts';
import { findToken, TOKEN_FORMS } from './tokens.ts';

/**
 * What has no window of four bytes of its own, or one that is common in lines: it is searched for by itself, which costs
 * a few hundredths of what the windows of `anchors.ts` cost together.
 */
interface ShortAnchor {
  readonly text: string;
  readonly rules: readonly BuiltInRule[];
  readonly look: (bytes: Uint8Array, at: number, start: number, end: number, found: Found) => void;
}

const SHORT_ANCHORS: readonly ShortAnchor[] = [
  { text: '@', rules: ['email', 'password'], look: findAroundAt },
  { text: '%40', rules: ['email'], look: findAroundEscapedAt },
  ...['\\u00', '\\u20'].map((text): ShortAnchor => ({ text, rules: ['card'], look: findEscapedCardNumber })),
  ...TOKEN_FORMS.filter(({ prefix }) => prefix.length < WINDOW).map(
    (form): ShortAnchor => ({
      text: form.prefix,
      rules: ['token'],
      look: (bytes, at, start, end, found) => findToken(form, bytes, at, start, end, found),
    }),
  ),
];

type RowAt = (at: number) => { readonly start: number; readonly end: number };

/** Calls what looks at a short anchor of the enabled rules for every one in bytes [0, length). */
export function shortAnchors(
  enabled: ReadonlySet<string>,
): (bytes: Uint8Array, length: number, rowAt: RowAt, found: Found) => void {
  const anchors = SHORT_ANCHORS.filter(({ rules }) => rules.some((rule) => enabled.has(rule)));
  return (bytes, length, rowAt, found) => {
    const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, length);
    for (const { text, look } of anchors) {
      // What lies in a value that is masked already is not looked at again, so that many of them stay linear.
      let masked = 0;
      const noted: Found = (rule, start, end, replacement) => {
        const isInForce = found(rule, start, end, replacement);
        if (isInForce && end > masked) masked = end;
        return isInForce;
      };
      for (let at = haystack.indexOf(text); at >= 0; at = haystack.indexOf(text, Math.max(at + 1, masked))) {
        const { start, end } = rowAt(at);
        // Across the end of a row it is none.
        if (at + text.length <= end) look(bytes, at, start, end, noted);
      }
    }
  };
}
