import assert from 'node:assert/strict';
import { test } from 'node:test';
import { en } from './en.ts';
import { ru } from './ru.ts';

const plural = /_(?:one|few|many|other)$/;

/** Dotted key to text. */
function flatten(value: object, prefix = ''): Map<string, string> {
  const out = new Map<string, string>();
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'string') out.set(prefix + key, item);
    else if (typeof item === 'object' && item !== null)
      for (const [deep, text] of flatten(item, `${prefix}${key}.`)) out.set(deep, text);
  }
  return out;
}

const english = flatten(en);
const russian = flatten(ru);
const stems = (table: Map<string, string>): string[] =>
  [...new Set([...table.keys()].map((key) => key.replace(plural, '')))].sort();
const holes = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();

test('both languages have the same sentences', () => {
  assert.deepEqual(stems(russian), stems(english));
});

test('every counted sentence has all forms its language needs', () => {
  for (const key of [...english.keys()].filter((one) => plural.test(one))) {
    const stem = key.replace(plural, '');
    for (const form of ['one', 'other']) assert.ok(english.has(`${stem}_${form}`), `en ${stem}_${form}`);
    for (const form of ['one', 'few', 'many', 'other']) assert.ok(russian.has(`${stem}_${form}`), `ru ${stem}_${form}`);
  }
});

test('a translation has the same holes as its original', () => {
  for (const [key, text] of russian) {
    const original = english.get(key) ?? english.get(key.replace(/_(?:few|many)$/, '_other'));
    assert.deepEqual(holes(text), holes(original ?? ''), key);
  }
});

test('no Russian sentence was left in English', () => {
  const same = [...russian].filter(([key, text]) => english.get(key) === text && /[a-z]{4}/i.test(text));
  const allowed =
    /^(?:data\.doors\.(?:fluent-forward|syslog)$|logs\.level\.|problems\.self|logs\.becomes|traces\.attributeHint)/;
  assert.deepEqual(
    same.filter(([key]) => !allowed.test(key)).map(([key]) => key),
    [],
  );
});
