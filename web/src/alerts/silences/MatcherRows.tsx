import { NativeSelect, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../app/IconButton.tsx';
import { type Matcher, type Operator, readMatchers } from '../labels/matchers.ts';

interface Props {
  readonly matchers: readonly Matcher[];
  readonly onChange: (matchers: readonly Matcher[]) => void;
}

const operators: readonly Operator[] = ['=', '!=', '=~', '!~'];
const empty: Matcher = { name: '', operator: '=', value: '' };

/** Conditions on labels, one a row. Several pasted into a name at once become rows. */
export function MatcherRows({ matchers, onChange }: Props) {
  const { t } = useTranslation();
  const rows = matchers.length === 0 ? [empty] : matchers;
  const set = (at: number, change: Partial<Matcher>): void =>
    onChange(rows.map((one, i) => (i === at ? { ...one, ...change } : one)));
  const named = (at: number, text: string): void => {
    const pasted = /[=]/.test(text) ? readMatchers(text) : null;
    if (pasted === null || pasted.length === 0) set(at, { name: text });
    else onChange([...rows.slice(0, at), ...pasted, ...rows.slice(at + 1)]);
  };
  return (
    <div className="matcher-rows">
      {rows.map((matcher, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place.
        <div key={at} className="matcher-row">
          <TextInput
            size="xs"
            placeholder="severity"
            aria-label={t('silences.labelName')}
            value={matcher.name}
            onChange={(event) => named(at, event.currentTarget.value)}
          />
          <NativeSelect
            size="xs"
            aria-label={t('silences.operator')}
            data={[...operators]}
            value={matcher.operator}
            onChange={(event) =>
              set(at, { operator: operators.find((one) => one === event.currentTarget.value) ?? '=' })
            }
          />
          <TextInput
            size="xs"
            placeholder="page"
            aria-label={t('silences.labelValue')}
            value={matcher.value}
            onChange={(event) => set(at, { value: event.currentTarget.value })}
          />
          <IconButton label={t('silences.removeMatcher')} onClick={() => onChange(rows.filter((_, i) => i !== at))}>
            <IconTrash size={15} aria-hidden />
          </IconButton>
        </div>
      ))}
      <button type="button" className="text-button with-icon" onClick={() => onChange([...rows, empty])}>
        <IconPlus size={14} aria-hidden /> {t('silences.addMatcher')}
      </button>
    </div>
  );
}
