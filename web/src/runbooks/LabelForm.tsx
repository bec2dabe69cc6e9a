import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from '../url/view.ts';
import { labelParameter } from './runbookPath.ts';

/** The labels that queries of the page need: what stands in them, to be changed or given. */
export function LabelForm({ labels }: { readonly labels: Readonly<Record<string, string | null>> }) {
  const { t } = useTranslation();
  const view = useView();
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const names = Object.keys(labels);
  if (names.length === 0) return null;
  const changed = names.some((name) => typed[name] !== undefined && typed[name] !== (labels[name] ?? ''));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    view.set(Object.fromEntries(Object.entries(typed).map(([name, value]) => [labelParameter(name), value])));
  };
  return (
    <form className="runbook-labels" onSubmit={submit}>
      {names.map((name) => (
        <TextInput
          key={name}
          size="xs"
          label={<code>{name}</code>}
          placeholder={t('runbooks.value')}
          data-missing={labels[name] === null || undefined}
          value={typed[name] ?? labels[name] ?? ''}
          onChange={(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
        />
      ))}
      {changed && (
        <Button type="submit" size="xs" variant="light">
          {t('runbooks.fill')}
        </Button>
      )}
    </form>
  );
}
