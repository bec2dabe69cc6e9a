import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_OTLP_SETTINGS } from '../receive/otlp/index.ts';
import { otlpSettingsOf } from './otlp_settings.ts';

test('OTLP requests have the otlp block of the file in force, also after it was read again', () => {
  let text: string | undefined;
  const settings = otlpSettingsOf(() => text, true);
  assert.deepEqual(settings(), { ...DEFAULT_OTLP_SETTINGS, typeAndUnitLabels: true });
  text = 'otlp:\n  translation_strategy: NoTranslation\n';
  assert.equal(settings().translationStrategy, 'NoTranslation');
  assert.equal(settings(), settings());
  assert.equal(settings().typeAndUnitLabels, true);
  text = '';
  assert.equal(settings().translationStrategy, DEFAULT_OTLP_SETTINGS.translationStrategy);
});
