import type { Interner } from '../../model/ingest.ts';
import type { Labels } from '../../model/labels.ts';
import type { Masker } from './masking/masker.ts';

/** An interner that masks the values of label sets before it knows them; ids are those of the masked labels. */
export function maskingInterner(
  inner: Interner,
  masker: Masker,
  count: (rule: string, labels: Labels) => void,
): Interner {
  const masked = (labels: Labels): Labels => maskedLabels(labels, masker, (rule) => count(rule, labels));
  return {
    get idHigh() {
      return inner.idHigh;
    },
    get idLow() {
      return inner.idLow;
    },
    find: (bytes, start, end, variant) => inner.find(bytes, start, end, variant),
    add: (bytes, start, end, variant, labels) => inner.add(bytes, start, end, variant, masked(labels)),
    intern: (labels) => inner.intern(masked(labels)),
    labels: (reference) => inner.labels(reference),
  };
}

/** The same labels where nothing is masked. A value is looked at as `name=value`, so that its name counts too. */
function maskedLabels(labels: Labels, masker: Masker, note: (rule: string) => void): Labels {
  const pairs: string[] = [];
  for (let i = 0; i < labels.length; i += 2) pairs.push(`${labels[i] ?? ''}="${labels[i + 1] ?? ''}"`);
  const text = pairs.join('\n');
  if (masker.text(text) === text) return labels;
  return labels.map((value, i) => {
    if (i % 2 === 0) return value;
    const name = `${labels[i - 1] ?? ''}="`;
    const seen = masker.text(`${name}${value}"`, note);
    return seen.startsWith(name) ? seen.slice(name.length, -1) : masker.text(value);
  });
}
