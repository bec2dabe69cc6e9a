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

/** The same labels where nothing is masked. */
function maskedLabels(labels: Labels, masker: Masker, note: (rule: string) => void): Labels {
  let isMasked = false;
  const masked = labels.map((value, i) => {
    if (i % 2 === 0) return value;
    const after = masker.value(labels[i - 1] ?? '', value, note);
    isMasked ||= after !== value;
    return after;
  });
  return isMasked ? masked : labels;
}
