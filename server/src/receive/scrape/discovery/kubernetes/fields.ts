/** Reading objects of the Kubernetes API, of which nothing is taken for granted. */
export type KubeObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is KubeObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path, undefined where there is none. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

/** The text at a path, numbers and truth values as their text; empty where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string'
    ? found
    : typeof found === 'number' || typeof found === 'boolean'
      ? String(found)
      : '';
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function textsAt(value: unknown, ...path: readonly string[]): string[] {
  return listAt(value, ...path).filter((entry) => typeof entry === 'string');
}

/** Texts by name, as labels and annotations are. */
export function mapAt(value: unknown, ...path: readonly string[]): (readonly [string, string])[] {
  const found = at(value, ...path);
  if (!isObject(found)) return [];
  return Object.entries(found).flatMap(([name, entry]) => (typeof entry === 'string' ? [[name, entry] as const] : []));
}

export const nameOf = (object: unknown): string => textAt(object, 'metadata', 'name');
export const namespaceOf = (object: unknown): string => textAt(object, 'metadata', 'namespace');
export const keyOf = (namespace: string, name: string): string => (namespace === '' ? name : `${namespace}/${name}`);
