import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertFilter } from '../../data/alerts.ts';
import { matcherText, readMatchers } from '../labels/matchers.ts';

/** What was written: matchers when it reads as such, else words to look for. */
export function filterOf(text: string): AlertFilter {
  const matchers = /[=]/.test(text) ? readMatchers(text) : null;
  return matchers === null ? { matchers: [], text: text.trim() } : { matchers: matchers.map(matcherText), text: '' };
}

interface Props {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly label: string;
  /** What one may write. */
  readonly hint: string;
}

/** A box for matchers or words; what is typed counts after a short rest. */
export function AlertFilterBox({ value, onChange, label, hint }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const tell = useDebouncedCallback(onChange, 250);
  return (
    <TextInput
      className="alert-filter"
      size="xs"
      leftSection={<IconSearch size={14} aria-hidden />}
      placeholder={hint}
      aria-label={label}
      value={text}
      data-main-search
      onChange={(event) => {
        setText(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
      rightSection={
        text === '' ? null : (
          <CloseButton
            size="xs"
            aria-label={t('actions.clear')}
            onClick={() => {
              setText('');
              onChange('');
            }}
          />
        )
      }
    />
  );
}
