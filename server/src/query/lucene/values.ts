/** ECS keeps these as keywords, whatever their text looks like. */
const KEYWORD = /(^|[._])(id|version|name)$|^error\.code$/;

/**
 * A stored value as JSON: attributes are kept as text, so a number or a truth value is what is written exactly like one,
 * unless the field is a keyword by its name.
 */
export function typedValue(field: string, text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  if (KEYWORD.test(field) || !/^-?\d/.test(text)) return text;
  const number = Number(text);
  return Number.isFinite(number) && String(number) === text ? number : text;
}
