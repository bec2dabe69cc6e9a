import { bind, join, type Sql, sql } from '../sql.ts';

/** What may follow a key: a string without escapes, or anything up to the next separator. */
const VALUE = '("[^"]*"|[^,}\\s]+)';
const WHITE_SPACE = bind.string(' \t\r\n');

/**
 * The value of a field as it stands in a JSON line, quotes included; nothing when it is not there. A plain search for
 * `"name":` costs a twentieth of a pattern, which is left to lines with space in front of the colon.
 */
function renderRawField(name: string): Sql {
  const simple = sql`trimBoth(simpleJSONExtractRaw(Body, ${bind.string(name)}), ${WHITE_SPACE})`;
  const pattern = sql`extract(Body, ${bind.string(`"${name}"\\s*:\\s*${VALUE}`)})`;
  return sql`if(position(Body, ${bind.string(`"${name}":`)}) > 0, ${simple}, ${pattern})`;
}

/**
 * A top-level field of a JSON line as label text: strings without their quotes, numbers and booleans as written, nothing for
 * null, arrays and absent fields. Right for lines that {@link renderFlatJson} allows. Names are label names.
 */
export function renderJsonField(name: string): Sql {
  const raw = renderRawField(name);
  return sql`multiIf(${raw} IN ('', 'null') OR startsWith(${raw}, '['), '',
    startsWith(${raw}, '"'), substring(${raw}, 2, length(${raw}) - 2), ${raw})`;
}

/**
 * Whether looking for `"name":` in a line finds what the json parser extracts under these names: the line is one JSON object
 * without nested ones and without escapes, the names stand in it at most once as a whole string and no key is another spelling
 * that becomes the same label, no value of theirs is empty (which is another label set than an absent one), and no structured
 * metadata has the name. Of other lines nothing is said: they are for the parser.
 */
export function renderFlatJson(names: readonly string[]): Sql {
  const line = sql`startsWith(trimLeft(Body), '{') AND position(Body, ${bind.string('\\')}) = 0
    AND countSubstrings(Body, '{') = 1`;
  return sql`(${join([line, ...names.flatMap(nameConditions), sql`isValidJSON(Body)`], ' AND ')})`;
}

function nameConditions(name: string): Sql[] {
  const conditions = [
    sql`countSubstrings(Body, ${bind.string(`"${name}"`)}) <= 1`,
    hasNoSpaceAround(name),
    sql`${renderRawField(name)} != '""'`,
    sql`NOT arrayExists(k -> replaceRegexpAll(k, '[^A-Za-z0-9_]', '_') = ${bind.string(name)}, mapKeys(LogAttributes))`,
  ];
  if (!name.includes('_')) return conditions;
  // `user-id` and `user.id` become the label user_id too.
  const spellings = bind.string(name.replaceAll('_', '[^A-Za-z0-9]'));
  return [...conditions, sql`countMatches(Body, ${spellings}) = countSubstrings(Body, ${bind.string(name)})`];
}

/**
 * Whether no key is the name with white space around it, which the parser takes away. What is cheap to ask decides nearly all
 * lines: the name stands nowhere else, or nowhere beside a space in a line of ASCII.
 */
function hasNoSpaceAround(name: string): Sql {
  const text = bind.string(name);
  const odd = '[^A-Za-z0-9_"]';
  const spaced = bind.string(`"(?:${odd}+${name}${odd}*|${name}${odd}+)"\\s*:`);
  return sql`(countSubstrings(Body, ${text}) = countSubstrings(Body, ${bind.string(`"${name}"`)})
    OR (position(Body, ${bind.string(` ${name}`)}) = 0 AND position(Body, ${bind.string(`${name} `)}) = 0
      AND length(Body) = lengthUTF8(Body))
    OR NOT match(Body, ${spaced}))`;
}
