/** As much of JSON Schema as upstream's OpenAPI file uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** What makes a value invalid: `path: reason`, one line each; empty when it is valid. */
export function violations(
  value: unknown,
  schema: Schema,
  named: Readonly<Record<string, Schema>>,
  path = '$',
): readonly string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    const target = named[name];
    return target === undefined ? [`${path}: no schema ${name}`] : violations(value, target, named, path);
  }
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) {
    const attempts = either.map((one) => violations(value, one, named, path));
    if (attempts.some((found) => found.length === 0)) return [];
    return attempts.toSorted((a, b) => a.length - b.length)[0] ?? [];
  }
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${path}: ${String(value)} is none of the enum`];
  return ofType(value, schema, named, path);
}

function ofType(
  value: unknown,
  schema: Schema,
  named: Readonly<Record<string, Schema>>,
  path: string,
): readonly string[] {
  switch (schema.type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? members(value, schema, named, path)
        : [`${path}: not an object`];
    case 'array':
      return Array.isArray(value) ? items(value, schema, named, path) : [`${path}: not an array`];
    case 'string':
      if (typeof value !== 'string') return [`${path}: not a string`];
      return schema.format === 'date-time' && Number.isNaN(Date.parse(value)) ? [`${path}: not a time: ${value}`] : [];
    case 'integer':
      return Number.isInteger(value) ? [] : [`${path}: not an integer`];
    case 'number':
      return typeof value === 'number' ? [] : [`${path}: not a number`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path}: not a boolean`];
    default:
      return [];
  }
}

function members(
  value: object,
  schema: Schema,
  named: Readonly<Record<string, Schema>>,
  path: string,
): readonly string[] {
  const found: string[] = [];
  for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) found.push(`${path}.${name}: missing`);
  for (const [name, member] of Object.entries(value)) {
    const known = schema.properties?.[name];
    if (known !== undefined) found.push(...violations(member, known, named, `${path}.${name}`));
    else if (schema.additionalProperties === false) found.push(`${path}.${name}: not in the schema`);
    else if (typeof schema.additionalProperties === 'object')
      found.push(...violations(member, schema.additionalProperties, named, `${path}.${name}`));
  }
  return found;
}

function items(
  value: readonly unknown[],
  schema: Schema,
  named: Readonly<Record<string, Schema>>,
  path: string,
): readonly string[] {
  if (schema.minItems !== undefined && value.length < schema.minItems)
    return [`${path}: fewer than ${schema.minItems}`];
  if (schema.maxItems !== undefined && value.length > schema.maxItems) return [`${path}: more than ${schema.maxItems}`];
  const { items: each } = schema;
  return each === undefined ? [] : value.flatMap((one, i) => violations(one, each, named, `${path}[${i}]`));
}
