/** Items with keys: of their place and what they are, for what never changes its order. */
export function keyed<T extends object>(items: readonly T[]): readonly { readonly key: string; readonly item: T }[] {
  return items.map((item, at) => ({ key: `${at} ${'kind' in item ? String(item.kind) : ''}`, item }));
}
