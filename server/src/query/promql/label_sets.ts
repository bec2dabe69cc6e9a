import type { Labels } from '../../model/labels.ts';

/** The labels of a set that are (or are not) in a list; `__name__` never survives `without`. */
export function groupLabels(labels: Labels, names: ReadonlySet<string>, without: boolean): Labels {
  const kept: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] as string;
    if (without ? !names.has(name) && name !== '__name__' : names.has(name)) kept.push(name, labels[i + 1] as string);
  }
  return kept;
}

/** The set with one label changed, or taken away when the value is empty. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  const out: string[] = [];
  let placed = value === '';
  for (let i = 0; i < labels.length; i += 2) {
    const current = labels[i] as string;
    if (current === name) continue;
    if (!placed && current > name) {
      out.push(name, value);
      placed = true;
    }
    out.push(current, labels[i + 1] as string);
  }
  if (!placed) out.push(name, value);
  return out;
}

/** Numbers label sets in the order they are first seen. */
export function numbering(): { readonly keys: ReadonlyMap<string, number>; of(key: string): number } {
  const keys = new Map<string, number>();
  return {
    keys,
    of(key) {
      let index = keys.get(key);
      if (index === undefined) {
        index = keys.size;
        keys.set(key, index);
      }
      return index;
    },
  };
}

/** Orders label sets as Prometheus does: name by name, value by value, the shorter set first. */
export function compareLabels(a: Labels, b: Labels): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a[i] as string;
    const y = b[i] as string;
    if (x !== y) return x < y ? -1 : 1;
  }
  return a.length - b.length;
}
