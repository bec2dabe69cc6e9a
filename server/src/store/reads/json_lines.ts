import { bind, type Sql, sql } from '../sql.ts';

/*
 * Conditions are multiplied instead of joined by AND and OR: these are evaluated lazily, for which the engine copies the lines
 * that are left over at each of them, and that costs more than the search itself.
 */

/** What may follow a key: a string without escapes, or anything up to the next separator. */
const VALUE = '("[^"]*"|[^,}\\s]+)';
const WHITE_SPACE = bind.string(' \t\r\n');

/**
 * The value of a field as it stands in a JSON line, quotes included; nothing when it is not there. A plain search for
 * `"name":` costs a twentieth of a pattern, which is left to lines with space in front of the colon.
 */
function renderRawField(name: string): Sql {
  const plain = sql`trimBoth(simpleJSONExtractRaw(Body, ${bind.string(name)}), ${WHITE_SPACE})`;
  const pattern = sql`extract(Body, ${bind.string(`"${name}"\\s*:\\s*${VALUE}`)})`;
  return sql`multiIf(${plain} != '', ${plain}, position(Body, ${bind.string(`"${name}"`)}) = 0, '', ${pattern})`;
}

/**
 * A top-level field of a JSON line as label text: strings without their quotes, numbers and booleans as written, nothing for
 * null, arrays and absent fields. Right for lines that {@link renderFlatJson} allows. Names are label names.
 */
export function renderJsonField(name: string): Sql {
  const raw = renderRawField(name);
  return sql`if((${raw} = 'null') + startsWith(${raw}, '[') > 0, '', trimBoth(${raw}, '"'))`;
}

/**
 * Whether looking for `"name":` in a line finds what the json parser extracts under these names: the line is one JSON object
 * without nested ones and without escapes, the names stand in it at most once as a whole string and no key is another spelling
 * that becomes the same label, no value of theirs is empty (which is another label set than an absent one), and no structured
 * metadata has the name. Of other lines nothing is said: they are for the parser.
 */
export function renderFlatJson(names: readonly string[]): Sql {
  const line = sql`startsWith(trimLeft(Body), '{') * (position(Body, ${bind.string('\\')}) = 0)
    * (countSubstrings(Body, '{') = 1)`;
  return sql`(${[...names.flatMap(nameConditions), sql`isValidJSON(Body)`].reduce((all, one) => sql`${all} * ${one}`, line)} != 0)`;
}

function nameConditions(name: string): Sql[] {
  const conditions = [
    sql`(countSubstrings(Body, ${bind.string(`"${name}"`)}) <= 1)`,
    hasNoSpaceAround(name),
    sql`(${renderRawField(name)} != '""')`,
    sql`(arrayExists(k -> replaceRegexpAll(k, '[^A-Za-z0-9_]', '_') = ${bind.string(name)}, mapKeys(LogAttributes)) = 0)`,
  ];
  if (!name.includes('_')) return conditions;
  // `user-id` and `user.id` become the label user_id too.
  const spellings = bind.string(name.replaceAll('_', '[^A-Za-z0-9]'));
  return [...conditions, sql`(countMatches(Body, ${spellings}) = countSubstrings(Body, ${bind.string(name)}))`];
}

/**
 * Whether no key is the name with white space around it, which the parser takes away. What is cheap to ask decides nearly all
 * lines: the name stands nowhere else, or nowhere beside a space in a line of ASCII.
 */
function hasNoSpaceAround(name: string): Sql {
  const text = bind.string(name);
  const odd = '[^A-Za-z0-9_"]';
  const spaced = bind.string(`"(?:${odd}+${name}${odd}*|${name}${odd}+)"\\s*:`);
  return sql`if((countSubstrings(Body, ${text}) = countSubstrings(Body, ${bind.string(`"${name}"`)}))
    + (position(Body, ${bind.string(` ${name}`)}) = 0) * (position(Body, ${bind.string(`${name} `)}) = 0)
      * (length(Body) = lengthUTF8(Body)) > 0, 1, NOT match(Body, ${spaced}))`;
}
